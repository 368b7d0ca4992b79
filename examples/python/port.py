"""Answers the judge: one task a line on standard input, one answer a line on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any

from ams_rest.errors import AmsError
from tasks_operations import OPERATIONS, error_to_json
from tasks_pure import PURE_FUNCTIONS

TASKS = {**PURE_FUNCTIONS, **OPERATIONS}


def answer(task: dict[str, Any]) -> dict[str, Any]:
    run = TASKS.get(task["name"])
    if run is None:
        return {"notAttempted": True}
    try:
        return {"output": run(task["input"])}
    except AmsError as error:
        return {"error": error_to_json(error)}


def main() -> None:
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
