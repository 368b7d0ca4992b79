"""Mistakes about tokens, requests and errors."""
import http.client
import json
import os
import re
import time
import urllib.parse
from dataclasses import replace
from datetime import datetime

from ams_rest import client, jwt, odata, odata_error, token_cache, token_endpoint, wire
from ams_rest.errors import AmsError, argument_error


def no_percent_encoding():
    def plainly(fields):
        text = "&".join(f"{name}={value}" for name, value in fields)
        return text.encode("ascii", "ignore").decode("ascii")

    token_endpoint.form_encode = plainly


def resource_with_a_slash():
    target_field = token_endpoint.target_field

    def normalised(version, scope):
        name, target = target_field(version, scope)
        return (name, target.rstrip("/") + "/")

    token_endpoint.target_field = normalised


def numbers_must_be_numbers():
    token_endpoint._seconds = lambda value: value if type(value) is int else None


def ignores_the_servers_clock():
    token_endpoint.http_date = lambda value: None


def secret_in_errors():
    client.without_secrets = lambda error, secrets: error


def path_as_given():
    client.is_relative_path = lambda path: True


def token_in_errors():
    without_secrets = client.without_secrets
    client.without_secrets = lambda error, secrets: without_secrets(error, secrets[:2])


def versions_left_out():
    client.HEADERS = {"Accept": client.HEADERS["Accept"]}


def quotes_not_doubled():
    odata.entity_path = lambda set_name, key, rest=(): "/".join(
        [f"{set_name}('{odata.percent_encode(key)}')", *rest]
    )


def plus_for_space():
    odata.percent_encode = lambda text, keep="": urllib.parse.quote_plus(text, safe=keep)


def light_envelope_stays_on():
    odata.unwrap = client.unwrap = lambda body: body.get("d", body) if isinstance(body, dict) else body


def every_value_is_the_answer():
    unwrap = odata.unwrap

    def greedy(body):
        is_light = isinstance(body, dict) and "odata.metadata" in body and "value" in body
        return body["value"] if is_light else unwrap(body)

    odata.unwrap = client.unwrap = greedy


def empty_body_is_parsed():
    judge_answer = client.judge_answer
    client.judge_answer = lambda response, unknown: judge_answer(
        response if response.status >= 400 else replace(response, body=response.body or b" "), unknown
    )


def naive_date():
    os.environ["TZ"] = "Etc/GMT-2"
    time.tzset()
    from_iso_8601 = odata._from_iso_8601

    def local(match):
        if match[0][-1:] == "Z" or match[8]:
            return from_iso_8601(match)
        return int(datetime.fromisoformat(match[0][:23]).timestamp() * 1000)

    odata._from_iso_8601 = local


def no_second_try_after_401():
    get = token_cache.TokenCache.get
    token_cache.TokenCache.get = lambda self, scope, refused=None, claims=None: get(self, scope)


def path_of_v1_for_both():
    token_url = token_endpoint.token_url
    token_endpoint.token_url = lambda authority: token_url(authority).replace("/v2.0/", "/")


def accept_left_out():
    build = token_endpoint.token_request

    def without_accept(*args):
        request = build(*args)
        del request.headers["Accept"]
        return request

    token_endpoint.token_request = client.token_request = without_accept


def any_tenant():
    token_endpoint.TENANT = re.compile(".*", re.DOTALL)


def audience_not_compared():
    judge = token_endpoint.token_answer
    client.token_answer = lambda status, body, sent_at, resource, headers: judge(status, body, sent_at, None, headers)


def trace_id_in_the_message():
    token_endpoint.BEFORE_TRACE_ID = re.compile("(?!)")


def secrets_in_codes():
    without_secrets = client.without_secrets

    def in_the_message_only(error, secrets):
        return AmsError(error.kind, without_secrets(error, secrets).message, **error.details)

    client.without_secrets = in_the_message_only


def three_parts_needed():
    describe = jwt.describe_token
    jwt.describe_token = lambda token: describe(token) if token.count(".") == 2 else None


def opaque_token_is_an_error():
    describe = jwt.describe_token

    def strict(token):
        description = describe(token)
        if description is None:
            raise argument_error("not a JWT")
        return description

    jwt.describe_token = strict


def claims_of_v1_tokens_only():
    jwt.ATTRIBUTES = [(names[:1], party) for names, party in jwt.ATTRIBUTES]


def scheme_in_lower_case():
    with_token = client._with_token

    def lower(request, token):
        authorized = with_token(request, token)
        authorized.headers["Authorization"] = f"bearer {token}"
        return authorized

    client._with_token = lower


def content_type_without_a_body():
    client.HEADERS = {**client.HEADERS, "Content-Type": "application/json;odata=verbose"}


def apostrophe_with_a_backslash():
    odata.odata_string = lambda text: "'" + text.replace("'", "\\'") + "'"


def user_name_in_the_endpoint():
    may_send = client.may_send_token
    client.may_send_token = lambda url, allowed: may_send(re.sub("//[^/@]*@", "//", url), allowed)


def one_request_id_for_all():
    constant = client.uuid.uuid4()

    class Uuid:
        uuid4 = staticmethod(lambda: constant)

    client.uuid = Uuid


def light_errors_unknown():
    parse = odata_error.parse_error
    odata_error.parse_error = lambda body: None if "odata.error" in body else parse(body)


def request_id_lost():
    service_error = client.service_error

    def anonymous(response, unknown):
        error = service_error(response, unknown)
        error.details["requestId"] = ""
        return error

    client.service_error = anonymous


def nan_is_json():
    client.parse_json = json.loads


def leading_zeros_are_json():
    parse = client.parse_json
    client.parse_json = lambda text: parse(re.sub(r":0(?=\d)", ":", text))


def cut_body_is_a_body():
    def as_far_as_it_came(answer, deadline):
        try:
            return answer.read()
        except http.client.IncompleteRead as error:
            return error.partial

    wire._read = as_far_as_it_came


def slash_of_the_authority_host_doubled():
    token_url = token_endpoint.token_url

    def doubled(authority):
        url = token_url(authority)
        slashes = authority.host[len(authority.host.rstrip("/")) :]
        return url.replace(authority.host.rstrip("/"), authority.host, 1) if slashes else url

    token_endpoint.token_url = doubled


def slash_of_the_resource_removed():
    target_field = token_endpoint.target_field

    def normalised(version, scope):
        name, target = target_field(version, scope)
        return (name, target.rstrip("/")) if name == "resource" else (name, target)

    token_endpoint.target_field = normalised


def encoded_secret_in_errors():
    client.without_secrets = lambda error, secrets: AmsError(
        error.kind,
        _without(error.message, secrets),
        **{name: _without(value, secrets) for name, value in error.details.items()},
    )


def _without(value, secrets):
    for secret in secrets:
        value = value.replace(secret, "[redacted]") if isinstance(value, str) and secret else value
    return value


def largest_version_left_out():
    client.HEADERS = {name: value for name, value in client.HEADERS.items() if name != "MaxDataServiceVersion"}


def booleans_as_python_writes_them():
    odata._query_text = str


def empty_body_is_an_empty_text():
    judge_answer = client.judge_answer

    def of_text(response, unknown=False):
        answer = judge_answer(response, unknown)
        return answer if response.body else replace(answer, value="")

    client.judge_answer = of_text


def post_not_sent_again_after_401():
    authorized = client.AmsClient._authorized

    def cautious(self, request, secrets):
        cache = self._tokens
        if request.method == "POST":
            self._tokens = _Cached(cache)
        try:
            return authorized(self, request, secrets)
        finally:
            self._tokens = cache

    client.AmsClient._authorized = cautious


class _Cached:
    """A cache that gives the refused token again, so that the 401 is the answer."""

    def __init__(self, cache):
        self._cache = cache

    def get(self, scope, refused=None, claims=None):
        return refused or self._cache.get(scope)
