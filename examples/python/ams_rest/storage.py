"""Uploads by SAS, block by block (UPL, BLK)."""
import base64
import math
import re
import uuid
from urllib.parse import parse_qs, quote, urlsplit

from .errors import AmsError
from .http import Request, is_safe_base
from .odata import parse_error
from .retry import send_with_retry

MIB = 1024 * 1024
MAX_BLOCKS = 50_000
VERSION = "2019-12-12"


def blob_url(container_url, name):
    address, mark, sas = container_url.partition("?")
    parts = name.split("/")
    if not is_safe_base(address):
        raise AmsError("argument", "the container URL must be an https address")
    if not 1 <= len(name) <= 1024 or re.search(r"[\x00-\x1f\x7f\\]", name) or {"", ".", ".."} & set(parts):
        raise AmsError("argument", "that is not the name of a blob")
    path = "/".join(quote(part, safe="") for part in parts)
    return f"{address.rstrip('/')}/{path}{mark}{sas}"


def effective_version(url, sent_version):
    signed = parse_qs(urlsplit(url).query).get("sv", [""])[0]
    return signed if "" < signed < "2014-02-14" else sent_version


def block_plan(size, version, wanted=8 * MIB):
    if type(wanted) is not int or wanted < 1:
        raise AmsError("argument", "the block size must be a whole number above 0")
    limit = 4000 * MIB if version >= "2019-12-12" else 100 * MIB if version >= "2016-05-31" else 4 * MIB
    block = min(limit, max(wanted, math.ceil(size / MAX_BLOCKS)))
    if size <= block:
        return {"blockBytes": block, "count": 0}
    count = math.ceil(size / block)
    if count > MAX_BLOCKS:
        raise AmsError("argument", "the blob is too large for this version")
    return {"blockBytes": block, "count": count}


def block_list(ids):
    items = "".join(f"<Latest>{block_id}</Latest>" for block_id in ids)
    return f'<?xml version="1.0" encoding="utf-8"?><BlockList>{items}</BlockList>'


def storage_error(headers, body):
    said = parse_error(body.lstrip("\ufeff")) or {"code": "", "message": ""}
    return {"code": headers.get("x-ms-error-code", said["code"]), "message": said["message"].split("\n")[0]}


def upload(container_url, name, content, content_type, block_bytes=8 * MIB):
    url = blob_url(container_url, name)
    plan = block_plan(len(content), effective_version(url, VERSION), block_bytes)
    described = {"x-ms-blob-content-type": content_type}
    if plan["count"] == 0:
        put(url, content, {"x-ms-blob-type": "BlockBlob", **described})
        return
    run = uuid.uuid4().hex
    ids = []
    for index in range(plan["count"]):
        ids.append(base64.b64encode(f"{run}{index:07}".encode("ascii")).decode("ascii"))
        start = index * plan["blockBytes"]
        block = content[start : start + plan["blockBytes"]]
        put(with_query(url, f"comp=block&blockid={quote(ids[-1], safe='')}"), block)
    put(with_query(url, "comp=blocklist"), block_list(ids).encode("utf-8"), described)


def with_query(url, query):
    return url + ("&" if "?" in url else "?") + query


def put(url, body, headers=None):
    sent = {"x-ms-version": VERSION, "Content-Length": str(len(body)), **(headers or {})}
    response, _ = send_with_retry(Request("PUT", url, sent, body))
    if response.status != 201:
        said = storage_error(response.headers, response.body.decode("utf-8", "replace"))
        raise AmsError("service", said["message"], status=response.status, code=said["code"])
