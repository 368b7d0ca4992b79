"""JSON Web Tokens: their content, for display only, and client assertions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import uuid
from typing import Any, NamedTuple, Sequence

from . import rsa
from .encoding import base64url, json_object

# Claims by party; of several names in a row the first that is there counts (v1.0 says appid, v2.0 azp).
ATTRIBUTES = [
    (("appid", "azp"), "client"),
    (("appidacr", "azpacr"), "client"),
    (("oid",), "client"),
    (("idp",), "identity provider"),
    (("tid",), "identity provider"),
    (("iss",), "STS"),
    (("aud",), "resource"),
]

BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def describe_token(token: str) -> dict[str, Any] | None:
    """Header, claims and who they name, or none if it is not a JWT. For display: no decision may rest on it."""
    parts = token.split(".")
    if len(parts) < 2:
        return None
    header, claims = _part(parts[0]), _part(parts[1])
    if header is None or claims is None:
        return None
    return {"header": header, "claims": claims, "attributes": _attributes(claims)}


def _part(part: str) -> dict[str, Any] | None:
    if not BASE64URL.fullmatch(part):
        return None
    try:
        return json_object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError):
        return None


def _attributes(claims: dict[str, Any]) -> list[dict[str, str]]:
    attributes = []
    for names, party in ATTRIBUTES:
        present = [name for name in names if isinstance(claims.get(name), str)]
        if present:
            attributes.append({"name": present[0], "value": claims[present[0]], "party": party})
    return attributes


class Certificate(NamedTuple):
    """Digests of the certificate, and the chain in DER with the certificate itself first."""

    sha256: bytes
    sha1: bytes
    chain: Sequence[bytes]


def assertion_header(
    certificate: Certificate, algorithm: str = "PS256", thumbprint: str = "x5t#S256", send_chain: bool = False
) -> dict[str, Any]:
    """The thumbprint is base64url of the digest's bytes, not of its hexadecimal text."""
    header: dict[str, Any] = {"alg": algorithm, "typ": "JWT"}
    if thumbprint == "x5t":
        header["x5t"] = base64url(certificate.sha1)
    else:
        header["x5t#S256"] = base64url(certificate.sha256)
    if send_chain:
        header["x5c"] = [base64.b64encode(der).decode("ascii") for der in certificate.chain]
    return header


def assertion_claims(client_id: str, audience: str, now_ms: float, jwt_id: str) -> dict[str, Any]:
    """Five minutes back and ten ahead: a clock that runs fast is forgiven as much as one that is slow."""
    now = int(now_ms // 1000)
    return {"aud": audience, "iss": client_id, "sub": client_id, "jti": jwt_id, "nbf": now - 300, "exp": now + 600}


def signing_input(header_json: str, claims_json: str) -> str:
    """What is signed: two parts of base64url with a dot between."""
    return f"{base64url(header_json.encode('utf-8'))}.{base64url(claims_json.encode('utf-8'))}"


def certificate_assertion(pem: str, client_id: str, audience: str, now_ms: float) -> str:
    """A new signed assertion, from a PEM text with an RSA key (PKCS #8) and its certificate."""
    der = rsa.from_pem(pem, "CERTIFICATE")
    key = rsa.private_key(rsa.from_pem(pem, "PRIVATE KEY"))
    certificate = Certificate(hashlib.sha256(der).digest(), hashlib.sha1(der).digest(), [der])
    claims = assertion_claims(client_id, audience, now_ms, str(uuid.uuid4()))
    signed = signing_input(json.dumps(assertion_header(certificate)), json.dumps(claims))
    return f"{signed}.{base64url(rsa.sign_ps256(key, signed.encode('ascii')))}"
