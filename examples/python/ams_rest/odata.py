"""Keys, queries, envelopes, dates, errors: pure functions (REQ-04 to REQ-09, ERR-01)."""
import json
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from .errors import AmsError

NAME = re.compile(r"[A-Za-z0-9_$]+")


def percent_encode(value):
    return quote(value, safe="")  # Leaves A-Z a-z 0-9 - _ . ~ alone, and nothing else.


def entity_path(entity_set, key, rest=()):
    for name in (entity_set, *rest):
        if not NAME.fullmatch(name):
            raise AmsError("argument", f"{name!r} is not the name of a set or property")
    if key == "":
        raise AmsError("argument", "the key is empty")
    literal = percent_encode(key.replace("'", "''"))
    return "/".join([f"{entity_set}('{literal}')", *rest])


def encode_query(pairs):
    parts = [f"{name}={percent_encode(query_text(value))}" for name, value in pairs if value is not None]
    return "?" + "&".join(parts) if parts else ""


def query_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def odata_string(value):
    return "'" + value.replace("'", "''") + "'"


def unwrap(body):
    if not isinstance(body, dict):
        return body
    if "d" in body:
        inner = body["d"]
        return inner["results"] if isinstance(inner, dict) and isinstance(inner.get("results"), list) else inner
    if "odata.metadata" in body and "value" in body:
        return body["value"]
    return body


def parse_date(value):
    """Milliseconds since 1970, or None."""
    if not isinstance(value, str):
        return None
    ticks = re.fullmatch(r"/Date\((-?[0-9]+)([+-][0-9]+)?\)/", value)
    return int(ticks[1]) if ticks else parse_iso(value)


ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|([+-])(\d\d):(\d\d))?", re.ASCII)


def parse_iso(value):
    """Without a zone it is UTC; fractions beyond milliseconds are cut off."""
    match = ISO.fullmatch(value)
    if not match:
        return None
    seconds, fraction, _, sign, hours, minutes = match.groups()
    try:
        moment = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        moment += offset if sign == "-" else -offset
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (moment - epoch) // timedelta(milliseconds=1) + int(((fraction or ".") + "000")[1:4])


def parse_error(body):
    """Code and message, or None."""
    if body.lstrip().startswith("<"):
        return parse_xml_error(body)
    try:
        value = json.loads(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    error = value.get("error") or value.get("odata.error")
    if error is None and isinstance(value.get("message"), str):
        error = value
    if not isinstance(error, dict):
        return None
    message = error.get("message")
    if isinstance(message, dict):
        message = message.get("value")
    return {"code": text(error.get("code")), "message": text(message)}


def parse_xml_error(body):
    if not re.search(r"<(\w+:)?error[\s>]", body, re.IGNORECASE):
        return None

    def element(name):
        match = re.search(rf"<(?:\w+:)?{name}(?:\s[^>]*)?>([^<]*)<", body, re.IGNORECASE)
        return decode_entities(match[1].strip()) if match else ""

    return {"code": element("code"), "message": element("message")}


def decode_entities(value):
    named = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}
    return re.sub("&(lt|gt|quot|apos|amp);", lambda match: named[match[1]], value)


def text(value):
    return value if isinstance(value, str) else ""
