"""Encodings that several modules share."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, Iterable
from urllib.parse import quote, quote_plus

from .errors import argument_error

# Digits with perhaps a fraction; int() and float() would take "1_000", "1e3" and digits of other scripts too.
DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def percent_encode(text: str, keep: str = "") -> str:
    """Everything but A-Z a-z 0-9 - _ . ~ (and `keep`) from UTF-8 with upper-case digits; a space is %20."""
    try:
        return quote(text, safe=keep)
    except UnicodeEncodeError:
        raise argument_error("half of a surrogate pair cannot be encoded") from None


def form_encode(fields: Iterable[tuple[str, str]]) -> str:
    """application/x-www-form-urlencoded: a space is a plus, a plus is %2B."""
    try:
        return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in fields)
    except UnicodeEncodeError:
        raise argument_error("half of a surrogate pair cannot be encoded") from None


def base64url(data: bytes) -> str:
    """Base64 with - and _, without padding."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def base64_decode_any(text: str) -> bytes | None:
    """Bytes of base64 in either alphabet, padded or not; none when it is none."""
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) - len(standard) > 2:
        return None
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def parse_json(text: str) -> Any:
    """JSON as in RFC 8259, without Python's NaN and Infinity. A ValueError if it is malformed."""
    try:
        return json.loads(text.lstrip("\ufeff"), parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("too deep") from None


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, or none."""
    try:
        value = parse_json(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
