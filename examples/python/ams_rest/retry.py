"""Whether to repeat (pure), and the loop (RET)."""
import random
import re
import time
from email.utils import parsedate_to_datetime

from .errors import AmsError
from .http import NetworkError, send

RETRYABLE = {408, 429, 500, 502, 503, 504}
BUDGET_SECONDS = 120
MAX_RETRIES = 3
DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")


def retry_after_ms(headers, now_ms):
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        value = headers.get(name, "").strip()
        if DECIMAL.fullmatch(value):
            return float(value)
    value = headers.get("retry-after", "").strip()
    if DECIMAL.fullmatch(value):
        return float(value) * 1000
    if not re.search("[A-Za-z]{3}", value):
        return None
    try:
        return max(0, parsedate_to_datetime(value).timestamp() * 1000 - now_ms)
    except (TypeError, ValueError):
        return None


def is_repeatable(method):
    return method != "POST"


def decide(outcome, repeatable, retries, remaining_ms, jitter):
    """The delay in milliseconds; or None to stop, and whether the outcome is unknown."""
    is_answer = not isinstance(outcome, NetworkError)
    if is_answer and outcome.status not in RETRYABLE:
        return None, False
    if not repeatable and not surely_not_done(outcome):
        return None, True
    if retries >= MAX_RETRIES:
        return None, False
    delay = retry_after_ms(outcome.headers, time.time() * 1000) if is_answer else None
    if delay is None:
        delay = min(20_000, 500 * 2**retries) * (0.5 + jitter / 2)
    return (None, False) if delay >= remaining_ms else (delay, False)


def surely_not_done(outcome):
    if isinstance(outcome, NetworkError):
        return not outcome.maybe_sent
    if outcome.status == 429:
        return True
    if outcome.status != 503:
        return False
    asked = retry_after_ms(outcome.headers, time.time() * 1000) is not None
    busy = outcome.headers.get("x-ms-error-code") == "ServerBusy"
    return asked or busy or b"server is busy" in outcome.body.lower()


def send_with_retry(request, repeatable=None):
    """The last answer, and whether a POST may have been carried out."""
    if repeatable is None:
        repeatable = is_repeatable(request.method)
    deadline = time.monotonic() + BUDGET_SECONDS
    retries = 0
    while True:
        try:
            outcome = send(request)
        except NetworkError as error:
            outcome = error
        remaining_ms = (deadline - time.monotonic()) * 1000
        delay, unknown = decide(outcome, repeatable, retries, remaining_ms, random.random())
        if delay is None:
            if isinstance(outcome, NetworkError):
                raise AmsError("network", str(outcome), outcomeUnknown=unknown)
            return outcome, unknown
        time.sleep(delay / 1000)
        retries += 1
