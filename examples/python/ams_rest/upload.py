"""Upload of a blob with the SAS of a container."""

from __future__ import annotations

import uuid
from typing import Mapping

from .blob_address import blob_url, effective_version, sas_secrets
from .blocks import DEFAULT_BLOCK_BYTES, block_id, block_list, block_plan
from .encoding import percent_encode
from .errors import AmsError, without_secrets
from .odata_error import ErrorText, parse_error
from .retry import send_with_retry
from .wire import Request, Response

STORAGE_VERSION = "2019-12-12"


def upload(
    container_url: str, blob_name: str, content: bytes, content_type: str, asked_bytes: float = DEFAULT_BLOCK_BYTES
) -> None:
    """One request, or blocks and their list. Nothing is visible before the last request."""
    url = blob_url(container_url, blob_name)
    plan = block_plan(len(content), effective_version(url, STORAGE_VERSION), asked_bytes)
    try:
        if plan.count == 0:
            _put(url, {"x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": content_type}, content)
            return
        upload_id = uuid.uuid4().hex
        ids = [block_id(upload_id, index) for index in range(plan.count)]
        for index, name in enumerate(ids):
            block = content[index * plan.block_bytes : (index + 1) * plan.block_bytes]
            _put(_with_query(url, f"comp=block&blockid={percent_encode(name)}"), {}, block)
        list_body = block_list(ids).encode("utf-8")
        _put(_with_query(url, "comp=blocklist"), {"x-ms-blob-content-type": content_type}, list_body)
    except AmsError as error:
        raise without_secrets(error, sas_secrets(url)) from None


def _with_query(url: str, query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _put(url: str, headers: Mapping[str, str], body: bytes) -> None:
    """The SAS is the permission: no Authorization beside it."""
    common = {"x-ms-version": STORAGE_VERSION, "x-ms-client-request-id": str(uuid.uuid4())}
    response, _ = send_with_retry(Request("PUT", url, {**common, **headers}, body))
    if not 200 <= response.status <= 299:
        raise storage_refusal(response)


def storage_refusal(response: Response) -> AmsError:
    """The error that an answer of Blob Storage is."""
    error = storage_error(response.headers, response.text())
    request_id = response.headers.get("x-ms-request-id", "")
    message = error.message or f"the storage service answered {response.status}"
    return AmsError("service", message, status=response.status, code=error.code, requestId=request_id)


def storage_error(headers: Mapping[str, str], body: str) -> ErrorText:
    """Answers to HEAD have no body, old versions no x-ms-error-code; the lines after the first are ids and times."""
    error = parse_error(body) or ErrorText("", "")
    return ErrorText(headers.get("x-ms-error-code") or error.code, error.message.partition("\n")[0])
