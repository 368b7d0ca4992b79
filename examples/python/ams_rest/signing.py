"""Shared Key and SAS (KEY, SAS)."""
import base64
import hashlib
import hmac
import re
from email.utils import formatdate
from urllib.parse import quote, unquote, urlencode, urlsplit

from .errors import AmsError
from .http import Request
from .retry import send_with_retry

STANDARD = (
    "content-encoding content-language content-length content-md5 content-type date "
    "if-modified-since if-match if-none-match if-unmodified-since range"
).split()


def signature(key, text):
    digest = hmac.new(base64.b64decode(key), text.encode("utf-8"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def canonicalized_headers(headers):
    lines = [(name.lower(), re.sub(r"\s+", " ", value.strip())) for name, value in headers.items()]
    return "".join(f"{name}:{value}\n" for name, value in sorted(lines) if name.startswith("x-ms-"))


def canonicalized_resource(account, url):
    parts = urlsplit(url)
    values = {}
    for pair in filter(None, parts.query.split("&")):
        name, _, value = pair.partition("=")
        values.setdefault(unquote(name).lower(), []).append(unquote(value))
    lines = "".join(f"\n{name}:{','.join(sorted(values[name]))}" for name in sorted(values))
    return f"/{account}{parts.path}{lines}"


def string_to_sign(account, method, url, headers):
    lower = {name.lower(): value for name, value in headers.items()}
    if lower.get("content-length") == "0":
        lower["content-length"] = ""
    lines = [method.upper(), *(lower.get(name, "") for name in STANDARD)]
    return "\n".join(lines) + "\n" + canonicalized_headers(headers) + canonicalized_resource(account, url)


def shared_key_authorization(account, key, method, url, headers):
    return f"SharedKey {account}:{signature(key, string_to_sign(account, method, url, headers))}"


def shared_key_get(account, key, url):
    headers = {"x-ms-version": "2019-12-12", "x-ms-date": formatdate(usegmt=True)}
    headers["Authorization"] = shared_key_authorization(account, key, "GET", url, headers)
    response, _ = send_with_retry(Request("GET", url, headers))
    return response.status


SERVICE = [
    ("2020-12-06", "sp st se cr si sip spr sv sr snapshot ses rscc rscd rsce rscl rsct"),
    ("2018-11-09", "sp st se cr si sip spr sv sr snapshot rscc rscd rsce rscl rsct"),
    ("2015-04-05", "sp st se cr si sip spr sv rscc rscd rsce rscl rsct"),
    ("2013-08-15", "sp st se cr si sv rscc rscd rsce rscl rsct"),
    ("2012-02-12", "sp st se cr si sv"),
]
KEY_FIELDS = "sp st se cr skoid sktid skt ske sks skv"
REST = "sip spr sv sr snapshot"
USER_DELEGATION = [
    ("2025-07-05", f"{KEY_FIELDS} saoid suoid scid skdutid sduoid {REST} ses rscc rscd rsce rscl rsct"),
    ("2020-12-06", f"{KEY_FIELDS} saoid suoid scid {REST} ses rscc rscd rsce rscl rsct"),
    ("2020-02-10", f"{KEY_FIELDS} saoid suoid scid {REST} rscc rscd rsce rscl rsct"),
    ("2018-11-09", f"{KEY_FIELDS} {REST} rscc rscd rsce rscl rsct"),
]
ACCOUNT = [
    ("2020-12-06", "account sp ss srt st se sip spr sv ses"),
    ("2015-04-05", "account sp ss srt st se sip spr sv"),
]


def sas_string(layouts, fields):
    layout = next((names for since, names in layouts if fields["sv"] >= since), None)
    if layout is None:
        raise AmsError("argument", "there is no such signature in this version")
    return "\n".join(fields.get(name, "") for name in layout.split())


def account_sas_string(fields):
    return sas_string(ACCOUNT, fields) + "\n"


def sas_resource(version, account, container, blob=None):
    prefix = "/blob" if version >= "2015-02-21" else ""
    return f"{prefix}/{account}/{container}" + ("" if blob is None else f"/{blob}")


def in_order(letters, order):
    if set(letters) - set(order):
        raise AmsError("argument", f"{letters!r} has a letter that is none of {order}")
    return "".join(letter for letter in order if letter in letters)


def service_sas(account, key, container, blob, options):
    fields = {"sv": "2020-12-06", "sr": "c" if blob is None else "b", **options}
    if "sp" in fields:
        fields["sp"] = in_order(fields["sp"], "racwdxyltmeopi")
    text = sas_string(SERVICE, {**fields, "cr": sas_resource(fields["sv"], account, container, blob)})
    return urlencode({**fields, "sig": signature(key, text)}, quote_via=quote)


def account_sas(account, key, options):
    orders = {"sp": "rwdxylacuptfi", "ss": "bqtf", "srt": "sco"}
    fields = {name: in_order(value, orders[name]) if name in orders else value for name, value in options.items()}
    text = account_sas_string({**fields, "account": account})
    return urlencode({**fields, "sig": signature(key, text)}, quote_via=quote)
