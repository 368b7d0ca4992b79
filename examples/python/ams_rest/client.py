"""The authorized request to Media Services: verb and path below the API root, the answer without its envelope."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Sequence

from .addresses import is_relative_path, may_send_token, redirect_decision
from .challenge import claims_challenge
from .encoding import parse_json
from .errors import AmsError, argument_error, without_secrets
from .odata import encode_query, has_next_link, unwrap
from .odata_error import parse_error
from .retry import send_with_retry
from .token_cache import TokenCache
from .token_endpoint import Authority, Client, Token, target_field, token_answer, token_request
from .wire import Request, Response

SCOPE = "https://rest.media.azure.net/.default"

Query = Sequence[tuple[str, Any]]

# Without a version the service behaves like its first one; without Accept its errors are XML.
HEADERS = {
    "x-ms-version": "2.19",
    "DataServiceVersion": "3.0",
    "MaxDataServiceVersion": "3.0",
    "Accept": "application/json;odata=verbose",
}


@dataclass(frozen=True)
class Answer:
    """`has_more`: the answer names a next page."""

    status: int
    headers: dict[str, str]
    value: Any
    has_more: bool = False


def build_request(root: str, method: str, path: str, query: Query = (), body: Any = None) -> Request:
    """`path` is encoded and relative to the root, and must not lead out of it."""
    if not is_relative_path(path):
        raise argument_error("the path must be percent-encoded, without query and dot segments")
    url = root + path.lstrip("/") + encode_query(query)
    headers = {**HEADERS, "x-ms-client-request-id": str(uuid.uuid4())}
    if body is None:
        return Request(method, url, headers)
    headers["Content-Type"] = "application/json;odata=verbose"
    return Request(method, url, headers, json.dumps(body).encode("ascii"))


def judge_answer(response: Response, outcome_unknown: bool = False) -> Answer:
    """The answer's value; raises the error of a refusal."""
    if not 200 <= response.status <= 299:
        raise service_error(response, outcome_unknown)
    text = response.text()
    if text == "":
        return Answer(response.status, response.headers, None)
    try:
        body = parse_json(text)
    except ValueError:
        message = f"status {response.status} with a body that is not JSON"
        raise AmsError("protocol", message, status=response.status) from None
    return Answer(response.status, response.headers, unwrap(body), has_next_link(body))


def service_error(response: Response, outcome_unknown: bool) -> AmsError:
    """Support asks for this id."""
    error = parse_error(response.text())
    headers = response.headers
    return AmsError(
        "service",
        error.message if error else f"the service answered {response.status}",
        status=response.status,
        code=error.code if error else "",
        requestId=headers.get("x-ms-request-id") or headers.get("request-id") or "",
        outcomeUnknown=outcome_unknown,
    )


class AmsClient:
    """One account: its token cache and its API root, which a 301 moves for all later calls."""

    def __init__(
        self, authority: Authority, credentials: Client, endpoint: str, allowed_origins: Sequence[str] = ()
    ) -> None:
        self._authority = authority
        self._credentials = credentials
        self._secrets = [credentials.client_secret, credentials.client_assertion or ""]
        self._allowed = [endpoint, *allowed_origins]
        self._tokens = TokenCache(self._fetch_token)
        self.root = endpoint if endpoint.endswith("/") else endpoint + "/"

    def get_token(self, scope: str = SCOPE) -> str:
        try:
            return self._tokens.get(scope)
        except AmsError as error:
            raise without_secrets(error, self._secrets) from None

    def call(self, method: str, path: str, query: Query = (), body: Any = None) -> Answer:
        secrets = list(self._secrets)
        try:
            response, unknown = self._authorized(build_request(self.root, method, path, query, body), secrets)
            moved = redirect_decision(self.root, response.status, response.headers.get("location"), self._allowed)
            if moved is not None:
                self.root = moved
                response, unknown = self._authorized(build_request(moved, method, path, query, body), secrets)
            return judge_answer(response, unknown)
        except AmsError as error:
            raise without_secrets(error, secrets) from None

    def _authorized(self, request: Request, secrets: list[str]) -> tuple[Response, bool]:
        """After a 401 nothing was done: the request, even a POST, is repeated once with a new token."""
        if not may_send_token(request.url, self._allowed):
            raise argument_error("no token may go to that address")
        token = self._tokens.get(SCOPE)
        secrets.append(token)
        response, unknown = send_with_retry(_with_token(request, token))
        if response.status != 401:
            return response, unknown
        claims = claims_challenge(response.headers.get("www-authenticate", ""))
        newer = self._tokens.get(SCOPE, refused=token, claims=claims)
        if newer == token:
            return response, unknown
        secrets.append(newer)
        return send_with_retry(_with_token(request, newer))

    def _fetch_token(self, scope: str, claims: str | None, sent_at: float) -> Token:
        request = token_request(self._authority, self._credentials, scope, claims)
        response, _ = send_with_retry(request, repeatable=True)
        name, target = target_field(self._authority.version, scope)
        resource = target if name == "resource" else None
        return token_answer(response.status, response.text(), sent_at, resource, response.headers)


def _with_token(request: Request, token: str) -> Request:
    return Request(request.method, request.url, {**request.headers, "Authorization": f"Bearer {token}"}, request.body)
