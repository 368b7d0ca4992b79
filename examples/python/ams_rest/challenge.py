"""What a 401 says in WWW-Authenticate (RFC 9110 section 11.6.1)."""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple

from .encoding import base64_decode_any, json_object

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\U0010ffff]|\\[\t \x21-\x7e\x80-\U0010ffff])*"'

SCHEME = re.compile(TOKEN)
PARAMETER = re.compile(rf"({TOKEN})[ \t]*=[ \t]*({TOKEN}|{QUOTED})(?=[ \t]*(?:,|\Z))")
TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|\Z))")
COMMAS = re.compile(r"[ \t,]*")
BLANKS = re.compile(r" +")
END_OF_ELEMENT = re.compile(r"[ \t]*(?:,|\Z)")


class Challenge(NamedTuple):
    scheme: str
    params: dict[str, str]
    token68: str | None = None


def parse_challenges(header: str) -> list[Challenge]:
    """All challenges up to the first place that breaks the grammar; schemes and names in lower case."""
    return list(_challenges(header))


def _challenges(header: str) -> Iterator[Challenge]:
    position = _end(COMMAS, header, 0)
    while match := SCHEME.match(header, position):
        scheme, position = match[0].lower(), match.end()
        if END_OF_ELEMENT.match(header, position):
            yield Challenge(scheme, {})
            position = _end(COMMAS, header, position)
            continue
        blanks = BLANKS.match(header, position)
        if blanks is None:
            return
        position = blanks.end()
        token68 = TOKEN68.match(header, position)
        if token68:
            yield Challenge(scheme, {}, token68[0])
            position = _end(COMMAS, header, token68.end())
            continue
        params, position = _parameters(header, position)
        yield Challenge(scheme, params)


def _parameters(header: str, position: int) -> tuple[dict[str, str], int]:
    """Commas divide parameters and challenges alike: what has no equals sign is the next challenge."""
    params: dict[str, str] = {}
    while match := PARAMETER.match(header, position):
        params.setdefault(match[1].lower(), _value(match[2]))
        position = _end(COMMAS, header, match.end())
    return params, position


def _value(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def claims_challenge(header: str) -> str | None:
    """The claims as JSON text that the next token must have, or none. Tokens are revoked this way."""
    for challenge in parse_challenges(header):
        params = challenge.params
        if challenge.scheme == "bearer" and params.get("error") == "insufficient_claims" and "claims" in params:
            return _json_text(params["claims"])
    return None


def _json_text(encoded: str) -> str | None:
    data = base64_decode_any(encoded)
    try:
        text = data.decode("utf-8") if data is not None else ""
    except UnicodeDecodeError:
        return None
    return None if json_object(text) is None else text
