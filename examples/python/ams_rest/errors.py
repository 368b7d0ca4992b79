"""What can go wrong, in five kinds: by what a catcher does about it."""
import json
from urllib.parse import quote, quote_plus


class AmsError(Exception):
    """kind is argument, network, service, authentication or protocol; facts are status, code, message and so on."""

    def __init__(self, kind, message, **facts):
        super().__init__(message)
        self.kind = kind
        self.facts = facts

    def describe(self):
        return {"kind": self.kind, "message": str(self), **self.facts}


def without(secrets, value):
    """The value with every secret taken out of every text in it, in each form it travels in."""
    if isinstance(value, str):
        for secret in filter(None, secrets):
            for form in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
                value = value.replace(form, "REDACTED")
        return value
    if isinstance(value, dict):
        return {name: without(secrets, item) for name, item in value.items()}
    if isinstance(value, list):
        return [without(secrets, item) for item in value]
    return value


def redacted(error, secrets):
    return AmsError(error.kind, without(secrets, str(error)), **without(secrets, error.facts))
