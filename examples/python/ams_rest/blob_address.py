"""Addresses of Blob Storage with a SAS. The query is signed: it stays byte for byte as it came."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .addresses import is_protected, parse_address
from .encoding import percent_encode
from .errors import argument_error

LONGEST_NAME = 1024

# Before this version the SAS's own version carries a request out, whatever x-ms-version says.
SENT_VERSION_COUNTS_SINCE = "2014-02-14"


def blob_url(container_url: str, blob_name: str) -> str:
    """The blob's name between the container's path and the query."""
    _check_container(container_url)
    if not blob_name or len(blob_name) > LONGEST_NAME or "\\" in blob_name:
        raise argument_error("a blob's name has 1 to 1024 characters and no backslash")
    parts = blob_name.split("/")
    if any(part in (".", "..") for part in parts):
        raise argument_error("no part of a blob's name may be . or ..")
    path = "/".join(percent_encode(part) for part in parts)
    container, question_mark, query = container_url.partition("?")
    return f"{container.rstrip('/')}/{path}{question_mark}{query}"


def _check_container(container_url: str) -> None:
    address = parse_address(container_url)
    if address is None or address.fragment is not None or address.user is not None or not is_protected(address):
        raise argument_error("the container's address must be an https address without user name and fragment")


def sas_field(url: str, name: str) -> str | None:
    """A field of the SAS, decoded."""
    _, _, query = url.partition("?")
    return next((value for field, value in parse_qsl(query) if field == name), None)


def effective_version(url: str, sent_version: str) -> str:
    """The version that carries a request out. Versions are dates, so they compare as text."""
    signed = sas_field(url, "sv")
    return signed if signed is not None and signed < SENT_VERSION_COUNTS_SINCE else sent_version


def sas_secrets(url: str) -> list[str]:
    """The signature as in the address, and decoded: it is a secret."""
    _, _, query = url.partition("?")
    raw = [pair[len("sig=") :] for pair in query.split("&") if pair.startswith("sig=")]
    decoded = sas_field(url, "sig")
    return [*raw, decoded] if decoded else raw
