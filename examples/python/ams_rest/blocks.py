"""How a blob is cut into blocks, and the list that puts them together."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Sequence

from .errors import argument_error

MIB = 1024 * 1024
DEFAULT_BLOCK_BYTES = 8 * MIB
MOST_BLOCKS = 50_000


@dataclass(frozen=True)
class BlockPlan:
    """`count` is 0 when the blob fits into one request."""

    block_bytes: int
    count: int


def largest_block(version: str) -> int:
    """A larger block is answered with 413."""
    if version < "2016-05-31":
        return 4 * MIB
    if version < "2019-12-12":
        return 100 * MIB
    return 4000 * MIB


def block_plan(size: int, version: str, asked_bytes: float = DEFAULT_BLOCK_BYTES) -> BlockPlan:
    """Blocks of the size asked for, smaller where the version says so, larger where 50 000 would not be enough."""
    if asked_bytes != int(asked_bytes) or asked_bytes <= 0:
        raise argument_error("the size of a block must be a whole number above 0")
    largest = largest_block(version)
    block_bytes = max(min(int(asked_bytes), largest), -(-size // MOST_BLOCKS))
    if block_bytes > largest:
        raise argument_error(f"{size} bytes are too many for {MOST_BLOCKS} blocks of version {version}")
    return BlockPlan(block_bytes, 0 if size <= block_bytes else -(-size // block_bytes))


def block_id(upload_id: str, index: int) -> str:
    """All ids of a blob must have one length; `upload_id` keeps apart two uploads of the same blob."""
    return base64.b64encode(f"{upload_id}{index:05d}".encode("ascii")).decode("ascii")


def block_list(ids: Sequence[str]) -> str:
    """Latest and not Uncommitted: the list may be sent again after a lost answer."""
    latest = "".join(f"<Latest>{name}</Latest>" for name in ids)
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{latest}</BlockList>'
