"""One exchange over HTTP: the only place with input and output. It judges no status and repeats nothing."""

from __future__ import annotations

import http.client
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import AmsError

TIME_LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Response:
    """Names of headers are in lower case; several of one name are joined with a comma."""

    status: int
    headers: dict[str, str]
    body: bytes

    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


class NetworkError(AmsError):
    """No answer arrived. `maybe_sent` is false when the request surely did not reach the service."""

    def __init__(self, message: str, maybe_sent: bool) -> None:
        super().__init__("network", message)
        self.maybe_sent = maybe_sent


def send(request: Request) -> Response:
    """Sends on a new connection, reads the whole answer, and follows no redirect."""
    deadline = time.monotonic() + TIME_LIMIT_SECONDS
    parts = urlsplit(request.url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        _connect(connection)
        return _exchange(connection, target, request, deadline)
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIME_LIMIT_SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=TIME_LIMIT_SECONDS)


def _connect(connection: http.client.HTTPConnection) -> None:
    """Apart from the exchange, because a failure here means that nothing was sent: no address, refused, no TLS."""
    try:
        connection.connect()
    except OSError as error:
        raise NetworkError(f"no connection: {error}", maybe_sent=False) from None


def _exchange(connection: http.client.HTTPConnection, target: str, request: Request, deadline: float) -> Response:
    try:
        connection.request(request.method, target, body=request.body, headers=request.headers)
        answer = connection.getresponse()
        body = _read(answer, deadline)
    except (OSError, http.client.HTTPException) as error:
        raise NetworkError(f"the exchange broke off: {type(error).__name__} {error}", maybe_sent=True) from None
    headers: dict[str, str] = {}
    for name, value in answer.getheaders():
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Response(answer.status, headers, body)


def _read(answer: http.client.HTTPResponse, deadline: float) -> bytes:
    """As it arrives, because the limit of a socket is for each piece: an answer that drips would never end."""
    pieces: list[bytes] = []
    missing = answer.length  # None for a body that ends with its last chunk or with the connection
    while missing is None or missing > 0:
        piece = answer.read1(1 << 16)
        if not piece:
            break
        if time.monotonic() > deadline:
            raise TimeoutError("the time limit of one exchange is over")
        pieces.append(piece)
        missing = None if missing is None else missing - len(piece)
    if missing:
        raise http.client.IncompleteRead(b"", missing)
    return b"".join(pieces)
