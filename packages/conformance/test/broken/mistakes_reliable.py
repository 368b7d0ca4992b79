"""Mistakes about the token cache, repetition and redirects."""
import threading
import time
import urllib.parse
from dataclasses import replace

from ams_rest import addresses, client, retry, token_cache
from ams_rest.errors import AmsError
from ams_rest.wire import NetworkError

send = retry.send


def token_per_request():
    token_cache.TokenCache.get = lambda self, scope, refused=None, claims=None: self._fetch(scope, claims, 0).value


def token_forgotten_after_a_post():
    call = client.AmsClient.call

    def forgets(self, method, *args, **named):
        try:
            return call(self, method, *args, **named)
        finally:
            if method == "POST":
                self._tokens._entries.pop(client.SCOPE, None)

    client.AmsClient.call = forgets


def parallel_callers_do_not_share():
    token_cache._may_join = lambda *_: False


def refused_callers_do_not_share():
    token_cache._may_join = lambda pending, refused, claims: refused is None


def expired_token():
    remember = token_cache._remember

    def for_ever(entry, token, sent_at):
        remember(entry, token, sent_at)
        entry.unusable_after = entry.stale_after = float("inf")

    token_cache._remember = for_ever


def never_refreshes_ahead():
    token_cache.TokenCache._refresh_behind = lambda self, scope, entry: None


def failed_refresh_is_an_error():
    def in_the_callers_time(self, scope, entry):
        self._fetch(scope, None, time.time() * 1000)

    token_cache.TokenCache._refresh_behind = in_the_callers_time


def failure_remembered():
    fetch = client.AmsClient._fetch_token
    failures = {}

    def once(self, *args):
        if id(self) in failures:
            raise failures[id(self)]
        try:
            return fetch(self, *args)
        except Exception as error:
            failures[id(self)] = error
            raise

    client.AmsClient._fetch_token = once


def one_token_for_all_scopes():
    get = token_cache.TokenCache.get
    token_cache.TokenCache.get = lambda self, scope, *more, **named: get(self, client.SCOPE, *more, **named)


def never_retries():
    retry.MAX_RETRIES = 0


def retries_post():
    retry._surely_not_done = lambda *_: True


def ignores_retry_after():
    retry.retry_after = lambda headers, now: None


def blanks_are_nonsense():
    retry.BLANKS = ""


def retries_what_is_not_found():
    retry.PASSING_FAULTS = retry.PASSING_FAULTS | {404}


def repeats_without_body():
    sent = set()

    def spent(request):
        attempt = request.headers.get("x-ms-client-request-id")
        again = attempt is not None and attempt in sent
        sent.add(attempt)
        return send(replace(request, body=b"") if again and request.body else request)

    retry.send = spent


def redirect_turns_post_into_get():
    build_request, redirect_decision = client.build_request, client.redirect_decision
    moved = set()

    def remember(*args):
        root = redirect_decision(*args)
        moved.add(root)
        return root

    def get_after_move(root, method, path, query=(), body=None):
        if root in moved:
            return build_request(root, "GET", path, query)
        return build_request(root, method, path, query, body)

    client.redirect_decision, client.build_request = remember, get_after_move


def moved_root_forgotten():
    call = client.AmsClient.call

    def forget(self, *args, **named):
        root = self.root
        try:
            return call(self, *args, **named)
        finally:
            self.root = root

    client.AmsClient.call = forget


def redirect_to_strangers():
    def anywhere(root, status, location, allowed_origins):
        return urllib.parse.urljoin(root, location).rstrip("/") + "/" if status == 301 else None

    client.redirect_decision = anywhere
    client.may_send_token = lambda url, allowed_origins: True


def follows_redirects_with_the_token():
    def follow(request):
        response = send(request)
        if response.status in (302, 303, 307, 308) and "location" in response.headers:
            return send(replace(request, url=urllib.parse.urljoin(request.url, response.headers["location"])))
        return response

    retry.send = follow


def refused_connection_may_have_arrived():
    def unsure(request):
        try:
            return send(request)
        except NetworkError as error:
            error.maybe_sent = True
            raise

    retry.send = unsure


def backoff_does_not_grow():
    decide = retry.decide

    def flat(outcome, repeatable, retries, *more):
        decision = decide(outcome, repeatable, retries, *more)
        return decision if decision.delay_ms is None else decide(outcome, repeatable, 0, *more)

    retry.decide = flat


def gives_up_after_four():
    retry.MAX_RETRIES = 4


def sender_repeats_too():
    def twice(request):
        try:
            return send(request)
        except NetworkError:
            return send(request) if request.method == "GET" else _raise()

    def _raise():
        raise

    retry.send = twice


def long_waits_are_cut():
    decide = retry.decide

    def impatient(outcome, repeatable, retries, remaining, *more):
        decision = decide(outcome, repeatable, retries, float("inf"), *more)
        too_long = decision.delay_ms is not None and decision.delay_ms >= remaining
        return retry.Decision(10) if too_long else decision

    retry.decide = impatient


def token_request_not_repeated():
    send_with_retry = client.send_with_retry
    client.send_with_retry = lambda request, repeatable=None: send_with_retry(request)


def second_redirect_followed():
    call = client.AmsClient.call

    def again(self, *args, **named):
        try:
            return call(self, *args, **named)
        except AmsError as error:
            if error.details.get("status") != 301:
                raise
            return call(self, *args, **named)

    client.AmsClient.call = again


def refreshes_five_minutes_before_any_end():
    remember = token_cache._remember

    def early(entry, token, sent_at):
        remember(entry, token, sent_at)
        entry.stale_after = min(entry.stale_after, token.expires_on - 300_000)

    token_cache._remember = early


def refreshes_by_refresh_in_only():
    remember = token_cache._remember

    def when_told(entry, token, sent_at):
        remember(entry, token, sent_at)
        entry.stale_after = float("inf") if token.refresh_after is None else token.refresh_after

    token_cache._remember = when_told


def no_pause_after_a_failed_refresh():
    token_cache.BETWEEN_REFRESHES_MS = 0


def token_per_path():
    authorized = client.AmsClient._authorized

    def with_its_own(self, request, secrets):
        caches = self.__dict__.setdefault("_by_path", {})
        self._tokens = caches.setdefault(request.url.split("?")[0], client.TokenCache(self._fetch_token))
        return authorized(self, request, secrets)

    client.AmsClient._authorized = with_its_own


def refreshed_but_never_expired():
    remember = token_cache._remember

    def usable_for_ever(entry, token, sent_at):
        remember(entry, token, sent_at)
        entry.unusable_after = float("inf")

    token_cache._remember = usable_for_ever


def delete_not_repeated():
    send_with_retry = client.send_with_retry

    def timid(request, repeatable=None):
        return send_with_retry(request, False if request.method == "DELETE" else repeatable)

    client.send_with_retry = timid


def any_503_means_not_done():
    surely_not_done = retry._surely_not_done
    retry._surely_not_done = lambda outcome, now: getattr(outcome, "status", 0) == 503 or surely_not_done(outcome, now)


def forbidden_is_repeated():
    retry.PASSING_FAULTS = retry.PASSING_FAULTS | {403}


def json_body_read_once():
    last = threading.local()

    def spent(request):
        again = getattr(last, "request", None) is request and request.method != "PUT"
        last.request = request
        return send(replace(request, body=b"") if again and request.body else request)

    retry.send = spent


def query_of_the_new_root_dropped():
    decide = addresses.redirect_decision

    def lenient(root, status, location, allowed_origins):
        return decide(root, status, location and location.partition("?")[0], allowed_origins)

    addresses.redirect_decision = client.redirect_decision = lenient
