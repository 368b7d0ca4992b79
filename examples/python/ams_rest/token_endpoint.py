"""The token endpoint of Microsoft Entra ID (Azure AD): one form goes there, one JSON object comes back."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass, replace
from typing import Any, Mapping

from .addresses import is_protected, parse_address
from .encoding import DECIMAL, form_encode, json_object, percent_encode
from .errors import AmsError, argument_error
from .jwt import certificate_assertion
from .odata import odata_date
from .retry import http_date
from .wire import Request

PUBLIC_CLOUD = "https://login.microsoftonline.com"
DEFAULT_SCOPE = "/.default"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
VISIBLE_ASCII = re.compile(r"[!-~]+")
BEFORE_TRACE_ID = re.compile(r"\s+Trace ID:")


@dataclass(frozen=True)
class Authority:
    tenant_id: str
    host: str = PUBLIC_CLOUD
    version: str = "v2"


@dataclass(frozen=True)
class Client:
    """Who asks, with a secret, in the form or by HTTP Basic, or with a signed assertion or a certificate (PEM) to sign one."""

    client_id: str
    client_secret: str = ""
    client_assertion: str | None = None
    basic: bool = False
    certificate: str | None = None


@dataclass(frozen=True)
class Token:
    """Times are milliseconds since 1970."""

    value: str
    expires_on: float
    refresh_after: float | None = None


def token_url(authority: Authority) -> str:
    """The secret travels there, so tenant and host must not lead it elsewhere."""
    if not TENANT.fullmatch(authority.tenant_id):
        raise argument_error("the tenant is no directory id and no domain")
    address = parse_address(authority.host)
    if address is None or not is_protected(address):
        raise argument_error("the authority host must begin with https://, or with http:// on this machine")
    if address.user is not None or address.query is not None or address.fragment is not None:
        raise argument_error("the authority host must have no user name, query or fragment")
    path = "oauth2/token" if authority.version == "v1" else "oauth2/v2.0/token"
    return f"{authority.host.rstrip('/')}/{authority.tenant_id}/{path}"


def target_field(version: str, scope: str) -> tuple[str, str]:
    """v2 names the target as scope, v1 as resource: the scope without its ending, otherwise unchanged."""
    if version != "v1":
        return ("scope", scope)
    if not scope.endswith(DEFAULT_SCOPE) or scope == DEFAULT_SCOPE:
        raise argument_error("version v1 takes a scope that is a resource with /.default behind it")
    return ("resource", scope[: -len(DEFAULT_SCOPE)])


def token_request(authority: Authority, client: Client, scope: str, claims: str | None = None) -> Request:
    """The form of the client credentials grant."""
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    fields = [("grant_type", "client_credentials"), target_field(authority.version, scope)]
    address = token_url(authority)
    if client.certificate is not None:
        assertion = certificate_assertion(client.certificate, client.client_id, address, time.time() * 1000)
        client = replace(client, client_assertion=assertion)
    if client.basic:
        headers["Authorization"] = basic_authorization(client)
    else:
        fields += [("client_id", client.client_id), *_proof(client)]
    if claims is not None:
        fields.append(("claims", claims))
    return Request("POST", address, headers, form_encode(fields).encode("ascii"))


def _proof(client: Client) -> list[tuple[str, str]]:
    if client.client_assertion is None:
        return [("client_secret", client.client_secret)]
    return [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", client.client_assertion)]


def basic_authorization(client: Client) -> str:
    """HTTP Basic instead of the two fields: each part is form-encoded before the colon joins them."""
    # percent_encode is a form encoding too: a form may have %20 for a space.
    pair = f"{percent_encode(client.client_id)}:{percent_encode(client.client_secret)}"
    return "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")


def token_answer(
    status: int,
    body: str,
    sent_at: float,
    resource: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Token:
    """Judges an answer. `sent_at` is when the request left, `resource` what was asked for in version v1."""
    if status != 200:
        raise _refusal(status, body)
    answer = json_object(body)
    if answer is None:
        raise _broken_promise("it is no JSON object")
    token_type, token = answer.get("token_type"), answer.get("access_token")
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise _broken_promise("its token_type is not Bearer")
    if not isinstance(token, str) or not VISIBLE_ASCII.fullmatch(token):
        raise _broken_promise("it has no access_token that could be a header")
    answered = answer.get("resource")
    if resource is not None and isinstance(answered, str) and _without_slash(answered) != _without_slash(resource):
        raise _broken_promise("its token is for another resource")
    server_now = http_date((headers or {}).get("date", ""))
    return Token(token, _expires_on(answer, sent_at, server_now), _refresh_after(answer, sent_at))


def _without_slash(resource: str) -> str:
    return resource.lower().removesuffix("/")


def _expires_on(answer: dict[str, Any], sent_at: float, server_now: float | None) -> float:
    """A duration does not care whether two clocks agree; an instant becomes one by the server's own clock."""
    seconds = _seconds(answer.get("expires_in"))
    if seconds is not None:
        return sent_at + seconds * 1000
    instant = answer.get("expires_on")
    since_1970 = _seconds(instant)
    # The endpoint writes ISO 8601; /Date(…)/ is OData's.
    is_iso_8601 = isinstance(instant, str) and not instant.startswith("/")
    end = (odata_date(instant) if is_iso_8601 else None) if since_1970 is None else since_1970 * 1000
    if end is None:
        raise _broken_promise("it does not say how long the token lives")
    return end if server_now is None else sent_at + end - server_now


def _refresh_after(answer: dict[str, Any], sent_at: float) -> float | None:
    seconds = _seconds(answer.get("refresh_in"))
    return None if seconds is None else sent_at + seconds * 1000


def _seconds(value: Any) -> float | None:
    """A JSON number or a decimal string, as v1 writes it; true is not a number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if value >= 0 else None
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return float(value)
    return None


def _broken_promise(what: str) -> AmsError:
    return AmsError("protocol", f"the token endpoint answered 200, but {what}")


def _refusal(status: int, body: str) -> AmsError:
    """AADSTS numbers say what to mend; support asks for the two ids."""
    answer = json_object(body)
    if answer is None:
        return AmsError("authentication", body, status=status, code="", errorCodes=[])
    codes = answer.get("error_codes")
    listed = codes if isinstance(codes, list) else []
    return AmsError(
        "authentication",
        BEFORE_TRACE_ID.split(_text(answer, "error_description"))[0],
        status=status,
        code=_text(answer, "error"),
        errorCodes=[code for code in listed if isinstance(code, int) and not isinstance(code, bool)],
        traceId=_text(answer, "trace_id"),
        correlationId=_text(answer, "correlation_id"),
    )


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""
