"""OData v3 as Media Services speaks it: paths, queries, envelopes, dates."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any, Iterable, Sequence

from .encoding import percent_encode
from .errors import argument_error

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

NAME = re.compile(r"[A-Za-z0-9_$]+")
TICKS = re.compile(r"/Date\((-?[0-9]+)([+-][0-9]+)?\)/")
ISO_8601 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?"
)


def entity_path(set_name: str, key: str, rest: Sequence[str] = ()) -> str:
    """Set('key')/rest: a quote in the key is doubled, then everything but the two outer quotes is encoded."""
    if key == "":
        raise argument_error("the key is empty")
    for name in (set_name, *rest):
        if not NAME.fullmatch(name):
            raise argument_error(f"{name!r} is no name of a set or segment")
    encoded = percent_encode(key.replace("'", "''"))
    return "/".join([f"{set_name}('{encoded}')", *rest])


def odata_string(text: str) -> str:
    """A literal for a filter or a function parameter: an apostrophe would end it, so it is doubled."""
    return "'" + text.replace("'", "''") + "'"


def encode_query(query: Iterable[tuple[str, Any]]) -> str:
    """With its question mark. In a query of OData a plus is a plus, so a space must be %20."""
    given = [(name, value) for name, value in query if value is not None]
    pairs = [f"{percent_encode(name, keep='$')}={percent_encode(_query_text(value))}" for name, value in given]
    return "?" + "&".join(pairs) if pairs else ""


def _query_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def unwrap(body: Any) -> Any:
    """Entity or list without the envelope of JSON verbose (`d`) or JSON light (`odata.metadata`)."""
    if not isinstance(body, dict):
        return body
    if "d" in body:
        inner = body["d"]
        if isinstance(inner, dict) and isinstance(inner.get("results"), list):
            return inner["results"]
        return inner
    others = [name for name in body if name != "value" and not name.startswith("odata.")]
    if "odata.metadata" in body and "value" in body and not others:
        return body["value"]
    return body


def has_next_link(body: Any) -> bool:
    """Whether an answer in its envelope names a next page, in JSON verbose or light."""
    if not isinstance(body, dict):
        return False
    verbose = body.get("d")
    return bool(verbose.get("__next") if isinstance(verbose, dict) else body.get("odata.nextLink"))


def odata_date(value: Any) -> int | None:
    """Milliseconds since 1970, or none if it is not a date. Without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    ticks = TICKS.fullmatch(value)
    if ticks:
        return int(ticks[1])
    match = ISO_8601.fullmatch(value)
    return _from_iso_8601(match) if match else None


def _from_iso_8601(match: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    try:
        date = datetime(int(year), int(month), int(day), tzinfo=timezone.utc)
        instant = date.replace(hour=int(hour), minute=int(minute), second=int(second or 0))
    except ValueError:
        return None
    milliseconds = int((fraction or "").ljust(3, "0")[:3])
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    since = instant - EPOCH - (-offset if sign == "-" else offset)
    return since // timedelta(milliseconds=1) + milliseconds
