"""Shared Key: requests signed with the storage account's key, as from version 2016-05-31 on."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Mapping
from urllib.parse import unquote

from .addresses import parse_address
from .errors import argument_error

SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


def canonicalized_headers(headers: Mapping[str, str]) -> str:
    """All headers named x-ms-…, sorted by name, one a line."""
    lower = {name.lower(): value for name, value in headers.items()}
    names = sorted(name for name in lower if name.startswith("x-ms-"))
    return "".join(f"{name}:{_one_blank(lower[name])}\n" for name in names)


def _one_blank(value: str) -> str:
    return re.sub(r"\s+", " ", value).strip()


def canonicalized_resource(account: str, url: str) -> str:
    """Account, path as it is sent, and the query's parameters decoded and sorted."""
    address = parse_address(url)
    if address is None:
        raise argument_error("the address to sign is none")
    values: dict[str, list[str]] = {}
    for pair in (address.query or "?")[1:].split("&"):
        name, _, value = pair.partition("=")
        if name:
            values.setdefault(unquote(name).lower(), []).append(unquote(value))
    lines = [f"\n{name}:{','.join(sorted(values[name]))}" for name in sorted(values)]
    return f"/{account}{address.path or '/'}{''.join(lines)}"


def string_to_sign(account: str, method: str, url: str, headers: Mapping[str, str]) -> str:
    """A length of zero was 0 until 2014, and is empty since."""
    sent = {name.lower(): value for name, value in headers.items()}
    if sent.get("content-length") == "0":
        del sent["content-length"]
    lines = [method, *(sent.get(name, "") for name in SIGNED_HEADERS)]
    return "\n".join(lines) + "\n" + canonicalized_headers(headers) + canonicalized_resource(account, url)


def hmac_sha256(key: str, text: str) -> str:
    """Signature and key are in base64; the key is decoded first."""
    try:
        secret = base64.b64decode(key, validate=True)
    except binascii.Error:
        raise argument_error("the key is not base64") from None
    return base64.b64encode(hmac.new(secret, text.encode("utf-8"), hashlib.sha256).digest()).decode("ascii")


def shared_key_authorization(account: str, key: str, method: str, url: str, headers: Mapping[str, str]) -> str:
    """The value of the Authorization header."""
    return f"SharedKey {account}:{hmac_sha256(key, string_to_sign(account, method, url, headers))}"
