"""One exchange as plain values: no redirect followed, nothing repeated, no status judged."""
import http.client
import socket
from collections import namedtuple
from urllib.parse import urlsplit

Request = namedtuple("Request", "method url headers body", defaults=[b""])
Response = namedtuple("Response", "status headers body", defaults=[b""])

TIMEOUT_SECONDS = 60
LOOPBACK = ("localhost", "::1")


class NetworkError(Exception):
    def __init__(self, message, maybe_sent):
        super().__init__(message)
        self.maybe_sent = maybe_sent


def send(request):
    parts = urlsplit(request.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        try:
            connection.connect()
        except OSError as error:
            raise NetworkError(f"could not connect to {parts.netloc}: {error}", maybe_sent=False) from None
        try:
            target = request.url.split(parts.netloc, 1)[1]  # As it was written: no parser comes between.
            connection.request(request.method, target, request.body or None, request.headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NetworkError(f"the connection broke: {type(error).__name__}", maybe_sent=True) from None
        headers = {}
        for name, value in answer.getheaders():
            name = name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Response(answer.status, headers, body)
    finally:
        connection.close()


def is_loopback(host):
    if host in LOOPBACK:
        return True
    parts = host.split(".")
    return len(parts) == 4 and parts[0] == "127" and all(part.isdecimal() for part in parts)


def origin(url):
    """Scheme, host and port in one text, with default ports left out; None when the URL has no such thing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")


def is_safe(url):
    """https, or http on this machine; no user name."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return origin(url) is not None and secure and "@" not in parts.netloc


def is_safe_base(url):
    try:
        return is_safe(url) and "?" not in url and "#" not in url
    except ValueError:
        return False
