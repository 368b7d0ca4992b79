"""Remembers tokens by scope, shares the request that fetches one, refreshes ahead (CCH)."""
import threading
import time


class Entry:
    def __init__(self):
        self.token = None
        self.stale_after = 0
        self.unusable_after = 0
        self.flights = {}


class Flight:
    def __init__(self):
        self.done = threading.Event()
        self.token = None
        self.error = None


class TokenCache:
    """fetch(scope, claims) gives what judge_token_answer gives."""

    def __init__(self, fetch):
        self.fetch = fetch
        self.entries = {}
        self.lock = threading.Lock()

    def get(self, scope, refused=None, claims=None):
        now = time.time() * 1000
        with self.lock:
            entry = self.entries.setdefault(scope, Entry())
            wanted = claims is None and entry.token != refused
            if entry.token and wanted and now < entry.unusable_after:
                if now >= entry.stale_after:
                    entry.stale_after = now + 30_000
                    threading.Thread(target=self.refresh, args=(entry, scope), daemon=True).start()
                return entry.token
            reason = claims or refused or ""
            flight = entry.flights.get(reason)
            is_first = flight is None
            if is_first:
                flight = entry.flights[reason] = Flight()
        if is_first:
            self.run(entry, scope, reason, claims, flight)
        flight.done.wait()
        if flight.error is not None:
            raise flight.error
        return flight.token

    def run(self, entry, scope, reason, claims, flight):
        sent_at = time.time() * 1000
        try:
            answer = self.fetch(scope, claims)
            flight.token = answer["token"]
            with self.lock:
                remember(entry, answer, sent_at)
        except Exception as error:  # Every waiting caller gets it.
            flight.error = error
        finally:
            with self.lock:
                del entry.flights[reason]
            flight.done.set()

    def refresh(self, entry, scope):
        sent_at = time.time() * 1000
        try:
            answer = self.fetch(scope, None)
        except Exception:
            return  # The old token is good yet.
        with self.lock:
            remember(entry, answer, sent_at)


def remember(entry, answer, sent_at):
    expires = answer["expiresOnTimestamp"]
    life = expires - sent_at
    entry.token = answer["token"]
    ahead = expires - min(300_000, life / 2)
    entry.stale_after = min(answer.get("refreshAfterTimestamp", ahead), ahead)
    entry.unusable_after = expires - min(30_000, life / 10)
