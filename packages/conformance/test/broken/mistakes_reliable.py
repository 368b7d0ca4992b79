"""Mistakes about the token cache, repetition and redirects."""
import time
import urllib.parse
from dataclasses import replace

from ams_rest import client, retry, token_cache

send = retry.send


def token_per_request():
    token_cache.TokenCache.get = lambda self, scope, refused=None, claims=None: self._fetch(scope, claims, 0).value


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
        again = (request.method, request.url, request.body) in sent
        sent.add((request.method, request.url, request.body))
        return send(replace(request, body=b"") if again else request)

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
