"""Long-running operations: the service answers 202 and goes on in the background."""

from __future__ import annotations

import time

from .client import AmsClient
from .errors import AmsError
from .odata import entity_path


def call_and_wait(client: AmsClient, method: str, path: str, poll_ms: float) -> str | None:
    """The state of the operation that succeeded, or none without one; until then the next change is refused."""
    answer = client.call(method, path)
    operation_id = answer.headers.get("operation-id")
    if answer.status != 202 or not operation_id:
        return None
    while True:
        operation = client.call("GET", entity_path("Operations", operation_id)).value
        if not isinstance(operation, dict):
            raise AmsError("protocol", "the operation has no state")
        if operation.get("State") == "Succeeded":
            return "Succeeded"
        if operation.get("State") == "Failed":
            message = operation.get("ErrorMessage") or "the operation failed"
            raise AmsError("service", message, code=operation.get("ErrorCode") or "")
        time.sleep(poll_ms / 1000)
