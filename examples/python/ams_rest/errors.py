"""Five kinds of errors, one for each reaction of a caller, and the redaction of their texts."""

from __future__ import annotations

from typing import Iterable
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"

# Characters that some encoders, such as JavaScript's encodeURIComponent, do not encode.
LENIENT = "!'()*"


class AmsError(Exception):
    """`kind` is argument, network, service, authentication or protocol; `details` has what else is known.

    Names in `details`: status, code, requestId, errorCodes, traceId, correlationId, outcomeUnknown.
    """

    def __init__(self, kind: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.details = details


def argument_error(message: str) -> AmsError:
    """The caller's own mistake; nothing was sent."""
    return AmsError("argument", message)


def without_secrets(error: AmsError, secrets: Iterable[str]) -> AmsError:
    """The same error without the secrets, in any encoding: errors go into logs."""
    forms = sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len, reverse=True)
    details = {name: _redact(value, forms) for name, value in error.details.items()}
    return AmsError(error.kind, _redact_text(error.message, forms), **details)


def _forms(secret: str) -> list[str]:
    encoded = [encode(secret, safe=safe) for encode in (quote, quote_plus) for safe in ("", LENIENT)]
    return [secret, *encoded, *(_lower_case_escapes(text) for text in encoded)]


def _lower_case_escapes(text: str) -> str:
    """%2B as %2b: both spellings are in use."""
    first, *rest = text.split("%")
    return first + "".join("%" + part[:2].lower() + part[2:] for part in rest)


def _redact(value: object, forms: list[str]) -> object:
    return _redact_text(value, forms) if isinstance(value, str) else value


def _redact_text(text: str, forms: list[str]) -> str:
    for form in forms:
        text = text.replace(form, REDACTED)
    return text
