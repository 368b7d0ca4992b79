"""Lists: Media Services gives at most a thousand entities at a time."""

from __future__ import annotations

from typing import Any, Iterator

from .client import AmsClient, Query
from .errors import AmsError, argument_error

LARGEST_PAGE = 1000


def list_all(client: AmsClient, path: str, query: Query = (), page_size: int = LARGEST_PAGE) -> Iterator[Any]:
    """All entities. A $top of the caller limits the whole, a $skip is where the first page begins."""
    left = _number(query, "$top")
    skip = _number(query, "$skip") or 0
    others = [(name, value) for name, value in query if name not in ("$top", "$skip")]
    while left is None or left > 0:
        asked = min(page_size, LARGEST_PAGE, LARGEST_PAGE if left is None else left)
        answer = client.call("GET", path, [*others, ("$skip", skip or None), ("$top", asked)])
        page = answer.value
        if not isinstance(page, list):
            raise AmsError("protocol", f"{path} is no list")
        yield from page
        if is_last(len(page), asked, answer.has_more):
            return
        skip += len(page)
        left = None if left is None else left - len(page)


def is_last(count: int, asked: int, has_more: bool) -> bool:
    """A short page is the last one, unless it names a next one; an empty page is."""
    return count == 0 or (count < asked and not has_more)


def _number(query: Query, name: str) -> int | None:
    for option, value in query:
        if option == name and value is not None:
            text = str(value)
            if not (text.isascii() and text.isdigit()):
                raise argument_error(f"{name} must be a whole number")
            return int(text)
    return None
