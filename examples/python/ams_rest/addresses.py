"""Addresses: which are well formed, which origin they belong to, and where a bearer token may go."""

from __future__ import annotations

import re
from typing import Iterable, NamedTuple
from urllib.parse import urljoin

DEFAULT_PORTS = {"http": "80", "https": "443"}

LOOPBACK = re.compile(r"localhost|127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|\[::1\]")

# Visible ASCII without a backslash. URL libraries disagree about anything else, and repair it silently.
ADDRESS = re.compile(
    r"(?P<scheme>https?)://((?P<user>[^/?#@]*)@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#@:\[\]]+)(:(?P<port>[0-9]*))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.IGNORECASE,
)
VISIBLE = re.compile(r"[!-\[\]-~]+")

# Below a root: what RFC 3986 has in a path, each percent sign before two hexadecimal digits.
PATH = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
DOT_SEGMENT = re.compile(r"(\.|%2e){1,2}", re.IGNORECASE)


class Address(NamedTuple):
    scheme: str
    host: str
    port: str
    user: str | None
    path: str
    query: str | None
    fragment: str | None


def parse_address(url: str) -> Address | None:
    """The parts of an http or https address, or none if it is not one."""
    match = ADDRESS.fullmatch(url) if VISIBLE.fullmatch(url) else None
    if match is None:
        return None
    scheme = match["scheme"].lower()
    host, port = match["host"].lower(), match["port"] or DEFAULT_PORTS[scheme]
    return Address(scheme, host, port, match["user"], match["path"] or "", match["query"], match["fragment"])


def is_protected(address: Address) -> bool:
    """Whether a secret may travel there: https, or http on this machine only."""
    return address.scheme == "https" or LOOPBACK.fullmatch(address.host) is not None


def origin(url: str) -> tuple[str, str, str] | None:
    """Scheme, host and port, in which a default port is the same as none."""
    address = parse_address(url)
    return (address.scheme, address.host, address.port) if address else None


def is_relative_path(path: str) -> bool:
    """Whether a path stays below the root, and arrives as it was written."""
    return PATH.fullmatch(path) is not None and not any(DOT_SEGMENT.fullmatch(part) for part in path.split("/"))


def may_send_token(url: str, allowed_origins: Iterable[str]) -> bool:
    """A bearer token may go only to the allowed origins, over https (http on this machine only)."""
    address = parse_address(url)
    if address is None or address.user is not None or not is_protected(address):
        return False
    return origin(url) in [origin(allowed) for allowed in allowed_origins]


def redirect_decision(root: str, status: int, location: str | None, allowed_origins: Iterable[str]) -> str | None:
    """The new API root after a 301, or none when the answer is not followed.

    The Location is the root, not the path that was asked for.
    """
    if status != 301 or not location or not VISIBLE.fullmatch(location):
        return None
    if re.match(r"[a-z][a-z0-9+.-]*:", location, re.IGNORECASE) and parse_address(location) is None:
        return None  # "https:path" has a scheme and no host; urljoin would take it for a relative path
    moved = urljoin(root, location)
    address = parse_address(moved)
    if address is None or address.query is not None or address.fragment is not None:
        return None
    if not may_send_token(moved, [root, *allowed_origins]):
        return None
    return moved if moved.endswith("/") else moved + "/"
