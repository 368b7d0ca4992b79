"""Tokens by scope. The endpoint throttles those who ask for each call, so callers share requests and tokens."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Callable, Optional

from .errors import AmsError
from .token_endpoint import Token

REFRESH_AHEAD_MS = 5 * 60_000
SAFETY_MS = 30_000
BETWEEN_REFRESHES_MS = 30_000

# Scope, claims of a challenge or none, and the time at which the request leaves.
Fetch = Callable[[str, Optional[str], float], Token]


@dataclass
class _Pending:
    """A token request under way. `refused` and `claims` are those of the caller that started it."""

    refused: str | None
    claims: str | None
    result: Future[str]


@dataclass
class _Entry:
    token: str | None = None
    stale_after: float = 0
    unusable_after: float = 0
    pending: _Pending | None = None


class TokenCache:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def get(self, scope: str, refused: str | None = None, claims: str | None = None) -> str:
        """A token for the scope; not the one that was refused, and past the cache where claims are asked for."""
        with self._lock:
            entry = self._entries.setdefault(scope, _Entry())
            now = _now()
            if entry.token is not None and entry.token != refused and claims is None and now < entry.unusable_after:
                if now >= entry.stale_after:
                    entry.stale_after = now + BETWEEN_REFRESHES_MS
                    self._refresh_behind(scope, entry)
                return entry.token
            pending = entry.pending
            joined = pending is not None and _may_join(pending, refused, claims)
            if pending is None or not joined:
                pending = entry.pending = _Pending(refused, claims, Future())
        if not joined:
            self._run(scope, entry, pending)
        return pending.result.result()

    def _refresh_behind(self, scope: str, entry: _Entry) -> None:
        """No caller waits for it, so a failure is not reported while the old token lives."""
        if entry.pending is None:
            entry.pending = _Pending(None, None, Future())
            threading.Thread(target=self._run, args=(scope, entry, entry.pending), daemon=True).start()

    def _run(self, scope: str, entry: _Entry, pending: _Pending) -> None:
        sent_at = _now()
        try:
            token = self._fetch(scope, pending.claims, sent_at)
        except AmsError as error:
            with self._lock:
                self._end(entry, pending)
            pending.result.set_exception(error)
            return
        with self._lock:
            if self._end(entry, pending):
                _remember(entry, token, sent_at)
        pending.result.set_result(token.value)

    def _end(self, entry: _Entry, pending: _Pending) -> bool:
        """False when a later request has taken its place: its token is the newer one."""
        if entry.pending is not pending:
            return False
        entry.pending = None
        return True


def _may_join(pending: _Pending, refused: str | None, claims: str | None) -> bool:
    """A request that began before the refusal would bring the refused token again."""
    if refused is None and claims is None:
        return True
    return pending.refused == refused and pending.claims == claims


def _remember(entry: _Entry, token: Token, sent_at: float) -> None:
    life = token.expires_on - sent_at
    entry.token = token.value
    entry.stale_after = token.expires_on - min(REFRESH_AHEAD_MS, life / 2)
    if token.refresh_after is not None:
        entry.stale_after = min(entry.stale_after, token.refresh_after)
    entry.unusable_after = token.expires_on - min(SAFETY_MS, life / 10)


def _now() -> float:
    return time.time() * 1000
