"""The Python port with one mistake, named by the first argument: each is one that ports really make."""
import base64
import os
import pathlib
import sys
import time
import urllib.parse
from datetime import datetime

sys.path.insert(0, str(pathlib.Path(__file__).parents[4] / "examples" / "python"))

import port  # noqa: E402
from ams_rest import client, http, odata, retry, signing, storage, token_cache, token_endpoint  # noqa: E402

send = http.send
token_request = token_endpoint.token_request


def no_percent_encoding():
    def plainly(fields):
        text = "&".join(f"{name}={value}" for name, value in fields.items())
        return text.encode("ascii", "ignore").decode("ascii")

    token_endpoint.form_encode = plainly


def token_per_request():
    client.Credential.get_token = lambda self, scope, refused=None, claims=None: self.fetch(scope, claims)["token"]


def one_token_for_all_scopes():
    get = token_cache.TokenCache.get
    token_cache.TokenCache.get = lambda self, scope, *more, **named: get(self, client.SCOPE, *more, **named)


def parallel_callers_do_not_share():
    reasons = iter(range(1_000_000))
    get = token_cache.TokenCache.get

    def alone(self, scope, refused=None, claims=None):
        entry = self.entries.get(scope)
        if entry and entry.token:
            return get(self, scope, refused, claims)
        return get(self, scope, refused or f"nobody {next(reasons)}", claims)

    token_cache.TokenCache.get = alone


def expired_token():
    remember = token_cache.remember

    def for_ever(entry, answer, sent_at):
        remember(entry, answer, sent_at)
        entry.unusable_after = entry.stale_after = float("inf")

    token_cache.remember = for_ever


def failure_remembered():
    fetch = client.Credential.fetch
    failures = {}

    def once(self, scope, claims):
        if id(self) in failures:
            raise failures[id(self)]
        try:
            return fetch(self, scope, claims)
        except Exception as error:
            failures[id(self)] = error
            raise

    client.Credential.fetch = once


def failed_refresh_is_an_error():
    def refresh(self, entry, scope):
        pass

    def impatient(self, scope, refused=None, claims=None):
        answer = self.fetch(scope, claims)
        return answer["token"]

    token_cache.TokenCache.refresh = refresh
    token_cache.TokenCache.get = impatient


def follows_redirects_with_the_token():
    def follow(request):
        response = send(request)
        if response.status in (302, 303, 307, 308) and "location" in response.headers:
            url = urllib.parse.urljoin(request.url, response.headers["location"])
            return send(request._replace(url=url))
        return response

    retry.send = follow


def redirect_to_strangers():
    def anywhere(root, status, location, allowed_origins):
        return client.with_slash(urllib.parse.urljoin(root, location)) if status == 301 else None

    client.moved_root = anywhere
    client.may_send_token = lambda url, allowed_origins: True


def redirect_turns_post_into_get():
    authorized = client.AmsClient.authorized
    first = {}

    def get_after_move(self, request):
        first.setdefault(id(self), self.root)
        moved = self.root != first[id(self)]
        return authorized(self, request._replace(method="GET", body=b"") if moved else request)

    client.AmsClient.authorized = get_after_move


def moved_root_forgotten():
    call = client.AmsClient.call

    def forget(self, *args, **named):
        root = self.root
        try:
            return call(self, *args, **named)
        finally:
            self.root = root

    client.AmsClient.call = forget


def retries_post():
    retry.is_repeatable = lambda method: True


def ignores_retry_after():
    retry.retry_after_ms = lambda headers, now_ms: None


def never_retries():
    retry.MAX_RETRIES = 0


def retries_what_is_not_found():
    retry.RETRYABLE = retry.RETRYABLE | {404}


def repeats_without_body():
    sent = set()

    def spent(request):
        again = (request.method, request.url, request.body) in sent
        sent.add((request.method, request.url, request.body))
        return send(request._replace(body=b"") if again else request)

    retry.send = spent


def naive_date():
    os.environ["TZ"] = "Etc/GMT-2"
    time.tzset()
    parse = odata.parse_iso

    def local(value):
        if value[-1:].isdigit() and "T" in value and value.rfind("+") < 0:
            return int(datetime.fromisoformat(value[:23]).timestamp() * 1000)
        return parse(value)

    odata.parse_iso = local


def plus_for_space():
    odata.percent_encode = urllib.parse.quote_plus


def quotes_not_doubled():
    odata.entity_path = lambda entity_set, key, rest=(): "/".join(
        [f"{entity_set}('{odata.percent_encode(key)}')", *rest]
    )


def resource_with_a_slash():
    def normalised(authority, client_id, client_secret, scope, claims=None):
        resource = scope.removesuffix("/.default").rstrip("/") + "/"
        return token_request(authority, client_id, client_secret, f"{resource}/.default", claims)

    client.token_request = token_endpoint.token_request = normalised


def numbers_must_be_numbers():
    token_endpoint.number = lambda value: value if type(value) is int else None


def no_second_try_after_401():
    def once(self, request):
        return self.send(request, self.credential.get_token(client.SCOPE))

    client.AmsClient.authorized = once


def secret_in_errors():
    client.redacted = lambda error, secrets: error


def token_in_errors():
    def plainly(self, request, token):
        headers = {**request.headers, "Authorization": f"Bearer {token}"}
        return retry.send_with_retry(request._replace(headers=headers))

    client.AmsClient.send = plainly


def empty_body_is_parsed():
    judge = client.judge
    client.judge = lambda response, unknown: judge(
        response if response.status >= 400 else response._replace(body=response.body or b" "), unknown
    )


def light_envelope_stays_on():
    odata.unwrap = client.unwrap = lambda body: body.get("d", body) if isinstance(body, dict) else body


def versions_left_out():
    build = client.AmsClient.build

    def bare(self, *args):
        request = build(self, *args)
        return request._replace(headers={n: v for n, v in request.headers.items() if "ersion" not in n})

    client.AmsClient.build = bare


def sas_sorted_and_encoded_anew():
    blob_url = storage.blob_url

    def tidy(container_url, name):
        address, _, sas = blob_url(container_url, name).partition("?")
        return f"{address}?{urllib.parse.urlencode(sorted(urllib.parse.parse_qsl(sas)))}"

    storage.blob_url = tidy


def block_ids_grow():
    class Growing:
        numbers = iter(range(1_000_000))

        @classmethod
        def b64encode(cls, _):
            return base64.b64encode(b"x" * (1 + next(cls.numbers)))

    storage.base64 = Growing


def block_list_uncommitted():
    block_list = storage.block_list
    storage.block_list = lambda ids: block_list(ids).replace("Latest", "Uncommitted")


def headers_not_sorted():
    signing.sorted = lambda lines: list(lines)


def length_zero_is_signed():
    def with_zero(account, method, url, headers):
        lower = {name.lower(): value for name, value in headers.items()}
        lines = [method, *(lower.get(name, "") for name in signing.STANDARD)]
        lines[3] = lower.get("content-length", "0")
        return "\n".join(lines) + "\n" + signing.canonicalized_headers(headers) + signing.canonicalized_resource(
            account, url
        )

    signing.string_to_sign = with_zero


if __name__ == "__main__":
    globals()[sys.argv[1].replace("-", "_")]()
    port.main()
