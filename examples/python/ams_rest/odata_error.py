"""The error bodies of service, gateway and storage, which differ by Accept, by version and by who answers."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .encoding import json_object

ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}

XML_ERROR = re.compile(r"(?:<\?xml[^>]*\?>\s*)?<(?:[A-Za-z]+:)?error[\s>]", re.IGNORECASE)


class ErrorText(NamedTuple):
    code: str
    message: str


def parse_error(body: str) -> ErrorText | None:
    """Code and message of an error body, or none when it has none of the known forms."""
    body = body.lstrip("\ufeff \t\r\n")
    if body.startswith("<"):
        return _parse_xml(body)
    answer = json_object(body)
    return None if answer is None else _parse_object(answer)


def _parse_object(answer: dict[str, Any]) -> ErrorText | None:
    for name in ("error", "odata.error"):
        inner = answer.get(name)
        if isinstance(inner, dict):
            message = inner.get("message")
            words = message.get("value") if isinstance(message, dict) else message
            return ErrorText(_text(inner.get("code")), _text(words))
    if isinstance(answer.get("message"), str):
        return ErrorText(_text(answer.get("code")), answer["message"])
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _parse_xml(body: str) -> ErrorText | None:
    if not XML_ERROR.match(body):
        return None
    return ErrorText(_element(body, "code"), _element(body, "message"))


def _element(body: str, name: str) -> str:
    """The text of the first element of that name, in any name space."""
    match = re.search(rf"<(?:[A-Za-z]+:)?{name}(?:\s[^>]*)?>([^<]*)<", body, re.IGNORECASE)
    return _decode_entities(match[1]) if match else ""


def _decode_entities(text: str) -> str:
    """In one pass, so that &amp;lt; becomes &lt; and no more."""
    return re.sub("|".join(ENTITIES), lambda match: ENTITIES[match[0]], text)
