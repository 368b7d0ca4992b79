"""Making a SAS: a query that is a permission. Each version added lines to what is signed."""

from __future__ import annotations

from typing import Mapping, Sequence

from .encoding import percent_encode
from .errors import argument_error
from .shared_key import hmac_sha256

DEFAULT_VERSION = "2020-12-06"

RESPONSE_HEADERS = "rscc rscd rsce rscl rsct"

# The newest layout whose version is not later than sv holds; one line for each field.
SERVICE_LAYOUTS = [
    ("2020-12-06", f"sp st se cr si sip spr sv sr snapshot ses {RESPONSE_HEADERS}"),
    ("2018-11-09", f"sp st se cr si sip spr sv sr snapshot {RESPONSE_HEADERS}"),
    ("2015-04-05", f"sp st se cr si sip spr sv {RESPONSE_HEADERS}"),
    ("2013-08-15", f"sp st se cr si sv {RESPONSE_HEADERS}"),
    ("2012-02-12", "sp st se cr si sv"),
]

DELEGATION_KEY = "skoid sktid skt ske sks skv"

USER_DELEGATION_LAYOUTS = [
    (
        "2025-07-05",
        f"sp st se cr {DELEGATION_KEY} saoid suoid scid skdutid sduoid sip spr sv sr snapshot ses {RESPONSE_HEADERS}",
    ),
    ("2020-12-06", f"sp st se cr {DELEGATION_KEY} saoid suoid scid sip spr sv sr snapshot ses {RESPONSE_HEADERS}"),
    ("2020-02-10", f"sp st se cr {DELEGATION_KEY} saoid suoid scid sip spr sv sr snapshot {RESPONSE_HEADERS}"),
    ("2018-11-09", f"sp st se cr {DELEGATION_KEY} sip spr sv sr snapshot {RESPONSE_HEADERS}"),
]

ACCOUNT_LAYOUTS = [
    ("2020-12-06", "account sp ss srt st se sip spr sv ses"),
    ("2015-04-05", "account sp ss srt st se sip spr sv"),
]

# What is signed and does not stand in the query.
SIGNED_ALONE = ("cr", "account", "snapshot")

# Later versions added these; unsigned, anyone could change them.
OPTIONAL = ("sip", "spr", "ses", "rscc", "rscd", "rsce", "rscl", "rsct")

SERVICE_PERMISSIONS = "racwdxyltmeopi"
ACCOUNT_PERMISSIONS = "rwdxylacuptfi"
SERVICES = "bqtf"
RESOURCE_TYPES = "sco"


def sas_resource(version: str, account: str, container: str, blob: str | None = None) -> str:
    """The canonicalized resource, with names decoded: not the one of Shared Key."""
    service = "/blob" if version >= "2015-02-21" else ""
    name = f"/{blob}" if blob is not None else ""
    return f"{service}/{account}/{container}{name}"


def service_sas_string(fields: Mapping[str, str]) -> str:
    return "\n".join(_values(SERVICE_LAYOUTS, fields))


def user_delegation_sas_string(fields: Mapping[str, str]) -> str:
    return "\n".join(_values(USER_DELEGATION_LAYOUTS, fields))


def account_sas_string(fields: Mapping[str, str]) -> str:
    """It ends in a line feed; the others do not."""
    return "\n".join(_values(ACCOUNT_LAYOUTS, fields)) + "\n"


def _values(layouts: Sequence[tuple[str, str]], fields: Mapping[str, str]) -> list[str]:
    for version, names in layouts:
        if version <= fields["sv"]:
            unsigned = [name for name in OPTIONAL if fields.get(name) and name not in names.split()]
            if unsigned:
                raise argument_error(f"version {fields['sv']} does not sign {unsigned[0]}")
            return [fields.get(name, "") for name in names.split()]
    raise argument_error(f"version {fields['sv']} is before the first layout")


def service_sas(account: str, key: str, container: str, options: Mapping[str, str], blob: str | None = None) -> str:
    """The query of a service SAS, without question mark."""
    fields = {"sv": DEFAULT_VERSION, **options, "sr": "c" if blob is None else "b"}
    if "sp" in fields:
        fields["sp"] = in_order(fields["sp"], SERVICE_PERMISSIONS)
    if "si" not in fields and not ("sp" in fields and "se" in fields):
        raise argument_error("a SAS without a stored policy needs permissions and an end")
    fields["cr"] = sas_resource(fields["sv"], account, container, blob)
    return _query(fields, hmac_sha256(key, service_sas_string(fields)))


def account_sas(account: str, key: str, options: Mapping[str, str]) -> str:
    """The query of an account SAS, without question mark."""
    fields = {"sv": DEFAULT_VERSION, "ss": "b", "srt": RESOURCE_TYPES, **options, "account": account}
    for name, order in (("sp", ACCOUNT_PERMISSIONS), ("ss", SERVICES), ("srt", RESOURCE_TYPES)):
        fields[name] = in_order(fields.get(name, ""), order)
    return _query(fields, hmac_sha256(key, account_sas_string(fields)))


def in_order(letters: str, order: str) -> str:
    """Other orders than the documented one are refused."""
    if not letters or set(letters) - set(order):
        raise argument_error(f"{letters!r} must be letters of {order}")
    return "".join(letter for letter in order if letter in letters)


def _query(fields: Mapping[str, str], signature: str) -> str:
    pairs = [(name, value) for name, value in fields.items() if value and name not in SIGNED_ALONE]
    return "&".join(f"{name}={percent_encode(value)}" for name, value in [*pairs, ("sig", signature)])
