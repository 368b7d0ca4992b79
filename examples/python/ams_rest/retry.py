"""The decision to repeat a failed exchange, which is pure, and the loop that repeats it."""

from __future__ import annotations

import random
import re
import time
from datetime import datetime, timezone
from decimal import Decimal
from typing import Mapping, NamedTuple, Union

from .encoding import DECIMAL
from .wire import NetworkError, Request, Response, send

BUDGET_MS = 120_000
MAX_RETRIES = 3
FIRST_DELAY_MS = 500
LONGEST_DELAY_MS = 20_000
PASSING_FAULTS = {408, 429, 500, 502, 503, 504}

# The three forms of an HTTP date (RFC 9110 section 5.6.7); only the first is still written.
HTTP_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")

# White space around a header's value is no part of it (RFC 9110 section 5.5).
BLANKS = " \t"

Outcome = Union[Response, NetworkError]


class Decision(NamedTuple):
    """Repeat after `delay_ms`; or stop, when it is none. `outcome_unknown`: it may have been carried out."""

    delay_ms: float | None
    outcome_unknown: bool = False


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """How many milliseconds an answer asks to wait, or none. Nonsense is as if it were not there."""
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        milliseconds = headers.get(name, "").strip(BLANKS)
        if DECIMAL.fullmatch(milliseconds):
            return float(milliseconds)
    value = headers.get("retry-after", "").strip(BLANKS)
    if DECIMAL.fullmatch(value):
        return float(Decimal(value) * 1000)
    date = http_date(value)
    return None if date is None else max(0.0, date - now)


def http_date(value: str) -> float | None:
    for form in HTTP_DATES:
        try:
            return datetime.strptime(value, form).replace(tzinfo=timezone.utc).timestamp() * 1000
        except ValueError:
            continue
    return None


def decide(
    outcome: Outcome, repeatable: bool, retries: int, remaining_ms: float, random_number: float, now: float
) -> Decision:
    """`retries` were made so far, `remaining_ms` is left for all of them, `random_number` is from 0 to 1."""
    if isinstance(outcome, Response) and outcome.status not in PASSING_FAULTS:
        return Decision(None)
    if not repeatable and not _surely_not_done(outcome, now):
        return Decision(None, outcome_unknown=True)
    if retries >= MAX_RETRIES:
        return Decision(None)
    asked = retry_after(outcome.headers, now) if isinstance(outcome, Response) else None
    backoff = min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2**retries) * (0.5 + random_number / 2)
    delay = backoff if asked is None else asked
    return Decision(None if delay >= remaining_ms else delay)


def _surely_not_done(outcome: Outcome, now: float) -> bool:
    """Media Services throttles with 503 and these words."""
    if isinstance(outcome, NetworkError):
        return not outcome.maybe_sent
    if outcome.status != 503:
        return outcome.status == 429
    return (
        retry_after(outcome.headers, now) is not None
        or outcome.headers.get("x-ms-error-code") == "ServerBusy"
        or re.search("server is busy", outcome.text(), re.IGNORECASE) is not None
    )


def send_with_retry(request: Request, repeatable: bool | None = None) -> tuple[Response, bool]:
    """The last answer and whether its outcome is unknown; a NetworkError when no answer arrived."""
    if repeatable is None:
        repeatable = request.method != "POST"
    deadline = time.monotonic() * 1000 + BUDGET_MS
    retries = 0
    while True:
        outcome = _outcome(request)
        remaining = deadline - time.monotonic() * 1000
        decision = decide(outcome, repeatable, retries, remaining, random.random(), time.time() * 1000)
        if decision.delay_ms is None:
            break
        time.sleep(decision.delay_ms / 1000)
        retries += 1
    if isinstance(outcome, NetworkError):
        outcome.details["outcomeUnknown"] = decision.outcome_unknown
        raise outcome
    return outcome, decision.outcome_unknown


def _outcome(request: Request) -> Outcome:
    try:
        return send(request)
    except NetworkError as error:
        return error
