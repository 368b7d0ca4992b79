"""What is in a token, for display only (JWT)."""
import base64
import json

ATTRIBUTES = [
    (("appid", "azp"), "client"),
    (("appidacr", "azpacr"), "client"),
    (("oid",), "client"),
    (("idp",), "identity provider"),
    (("tid",), "identity provider"),
    (("iss",), "STS"),
    (("aud",), "resource"),
]


def describe_token(token):
    parts = [decode_part(part) for part in token.split(".")[:2]]
    if len(parts) < 2 or None in parts:
        return None
    header, claims = parts
    attributes = []
    for names, party in ATTRIBUTES:
        name = next((name for name in names if isinstance(claims.get(name), str)), None)
        if name:
            attributes.append({"name": name, "value": claims[name], "party": party})
    return {"header": header, "claims": claims, "attributes": attributes}


def decode_part(part):
    try:
        padded = part + "=" * (-len(part) % 4)
        value = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode("utf-8"))
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
