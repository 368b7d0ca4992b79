"""The authorized request to Media Services (REQ, ERR, RED)."""
import json
import time
import uuid
from urllib.parse import urljoin, urlsplit

from .errors import AmsError, redacted
from .http import Request, is_safe, is_safe_base, origin
from .odata import encode_query, parse_error, unwrap
from .retry import send_with_retry
from .token_cache import TokenCache
from .token_endpoint import judge_token_answer, token_request

SCOPE = "https://rest.media.azure.net/.default"
VERBOSE = "application/json;odata=verbose"


class Credential:
    def __init__(self, authority, client_id, client_secret):
        self.authority = authority
        self.client_id = client_id
        self.client_secret = client_secret
        self.cache = TokenCache(self.fetch)

    def get_token(self, scope, refused=None, claims=None):
        return self.cache.get(scope, refused, claims)

    def fetch(self, scope, claims):
        request = token_request(self.authority, self.client_id, self.client_secret, scope, claims)
        sent_at = time.time() * 1000
        try:
            response, _ = send_with_retry(request, repeatable=True)
            body = response.body.decode("utf-8", "replace")
            resource = scope.removesuffix("/.default") if self.authority.get("endpointVersion") == "v1" else None
            return judge_token_answer(response.status, body, sent_at, resource)
        except AmsError as error:
            raise redacted(error, [self.client_secret]) from None


class AmsClient:
    def __init__(self, endpoint, credential, allowed_origins=()):
        if not is_safe_base(endpoint):
            raise AmsError("argument", "the endpoint must be an https address")
        self.root = with_slash(endpoint)
        self.credential = credential
        self.allowed_origins = [origin(self.root), *allowed_origins]

    def call(self, method, path, query=(), body=None):
        """Status and value; None when there was no body."""
        response, unknown = self.authorized(self.build(method, path, query, body))
        if response.status == 301:
            moved = moved_root(self.root, response.status, response.headers.get("location"), self.allowed_origins)
            if moved:
                self.root = moved
                response, unknown = self.authorized(self.build(method, path, query, body))
        return response.status, judge(response, unknown)

    def build(self, method, path, query, body):
        headers = {
            "Accept": VERBOSE,
            "x-ms-version": "2.19",
            "DataServiceVersion": "3.0",
            "MaxDataServiceVersion": "3.0",
            "x-ms-client-request-id": str(uuid.uuid4()),
        }
        content = b""
        if body is not None:
            headers["Content-Type"] = VERBOSE
            content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        return Request(method, self.root + path + encode_query(query), headers, content)

    def authorized(self, request):
        if not may_send_token(request.url, self.allowed_origins):
            raise AmsError("argument", "the token does not go there")
        token = self.credential.get_token(SCOPE)
        response, unknown = self.send(request, token)
        if response.status != 401:
            return response, unknown
        newer = self.credential.get_token(SCOPE, refused=token)
        return (response, unknown) if newer == token else self.send(request, newer)

    def send(self, request, token):
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        response, unknown = send_with_retry(request._replace(headers=headers))
        if response.status >= 400:  # Gateways quote what they could not pass on.
            response = response._replace(body=response.body.replace(token.encode("ascii"), b"REDACTED"))
        return response, unknown


def may_send_token(url, allowed_origins):
    return is_safe(url) and origin(url) in allowed_origins


def moved_root(root, status, location, allowed_origins):
    """Where the API root is after this answer, or None when it is not followed."""
    if status != 301 or location is None:
        return None
    try:
        if urlsplit(location).scheme and not urlsplit(location).netloc:
            return None
        moved = urljoin(root, location)
        good = is_safe_base(moved) and origin(moved) in [origin(root), *allowed_origins]
    except ValueError:
        return None
    return with_slash(moved) if good else None


def with_slash(url):
    return url if url.endswith("/") else url + "/"


def judge(response, unknown):
    status, headers, body = response
    text = body.decode("utf-8", "replace")
    if not 200 <= status <= 299:
        said = parse_error(text) or {"code": "", "message": text[:4096]}
        request_id = headers.get("x-ms-request-id", headers.get("request-id"))
        facts = {"status": status, "code": said["code"], "requestId": request_id, "outcomeUnknown": unknown}
        raise AmsError("service", said["message"], **facts)
    if not body:
        return None
    try:
        return unwrap(json.loads(text))
    except ValueError:
        raise AmsError("protocol", f"the answer {status} is not JSON") from None
