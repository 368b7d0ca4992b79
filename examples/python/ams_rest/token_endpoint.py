"""The token request, built and judged (TOK); basic authentication of the client."""
import base64
import json
import re
from urllib.parse import quote_plus, urlencode

from .errors import AmsError
from .http import Request, is_safe_base
from .odata import parse_iso

PUBLIC_HOST = "https://login.microsoftonline.com"
ENDING = "/.default"


def form_encode(fields):
    return urlencode(fields)


def token_request(authority, client_id, client_secret, scope, claims=None):
    tenant = authority["tenantId"]
    host = authority.get("authorityHost", PUBLIC_HOST)
    version = authority.get("endpointVersion", "v2")
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", tenant):
        raise AmsError("argument", "the tenant must be a directory id or a domain")
    if not is_safe_base(host):
        raise AmsError("argument", "the authority host must be an https address")
    path = "oauth2/token" if version == "v1" else "oauth2/v2.0/token"
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    if version == "v2":
        fields["scope"] = scope
    elif scope.endswith(ENDING) and len(scope) > len(ENDING):
        fields["resource"] = scope[: -len(ENDING)]
    else:
        raise AmsError("argument", "for v1 the scope must be a resource with /.default behind it")
    if claims is not None:
        fields["claims"] = claims
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return Request("POST", f"{host.rstrip('/')}/{tenant}/{path}", headers, form_encode(fields).encode("ascii"))


def basic_authentication(client_id, client_secret):
    text = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return "Basic " + base64.b64encode(text.encode("ascii")).decode("ascii")


def judge_token_answer(status, body, sent_at, resource=None):
    """Gives token, expiresOnTimestamp and perhaps refreshAfterTimestamp, in milliseconds."""
    answer = json_object(body)
    if status != 200:
        raise refusal(status, body, answer)
    if answer is None:
        raise AmsError("protocol", "the token endpoint answered 200 without a JSON object")
    token, kind = answer.get("access_token"), answer.get("token_type")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise AmsError("protocol", "token_type is not Bearer")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
        raise AmsError("protocol", "there is no usable access_token")
    answered = answer.get("resource")
    if isinstance(answered, str) and resource is not None and plain(answered) != plain(resource):
        raise AmsError("protocol", "the token is for another resource")
    expires_in, expires_on = number(answer.get("expires_in")), answer.get("expires_on")
    if expires_in is not None:
        expires = sent_at + expires_in * 1000
    elif number(expires_on) is not None:
        expires = number(expires_on) * 1000
    else:
        expires = parse_iso(expires_on) if isinstance(expires_on, str) else None
    if expires is None:
        raise AmsError("protocol", "there is neither expires_in nor expires_on")
    result = {"token": token, "expiresOnTimestamp": expires}
    refresh_in = number(answer.get("refresh_in"))
    if refresh_in is not None:
        result["refreshAfterTimestamp"] = sent_at + refresh_in * 1000
    return result


def refusal(status, body, answer):
    answer_or_empty = answer or {}
    description = answer_or_empty.get("error_description")
    message = text(description) if answer is not None else body
    codes = answer_or_empty.get("error_codes")
    return AmsError(
        "authentication",
        re.split(r"\s+(?=Trace ID:)", message)[0],
        status=status,
        code=text(answer_or_empty.get("error")),
        errorCodes=[code for code in codes if type(code) is int] if isinstance(codes, list) else [],
        traceId=text(answer_or_empty.get("trace_id")),
        correlationId=text(answer_or_empty.get("correlation_id")),
    )


def json_object(body):
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def number(value):
    """A JSON number, or digits with perhaps a fraction; never true, which Python takes for 1."""
    if type(value) in (int, float) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        return float(value) if "." in value else int(value)
    return None


def text(value):
    return value if isinstance(value, str) else ""


def plain(resource):
    resource = resource.lower()
    return resource[:-1] if resource.endswith("/") else resource
