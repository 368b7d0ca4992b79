"""RSA signatures with the standard library only. Not in constant time: a product uses a library for this."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from typing import NamedTuple

from .errors import argument_error

SALT_BYTES = 32
HASH_BYTES = 32


class PrivateKey(NamedTuple):
    """Modulus and private exponent."""

    modulus: int
    exponent: int


def from_pem(pem: str, label: str) -> bytes:
    """The DER of the first block with this label."""
    block = re.search(f"-----BEGIN {label}-----(.*?)-----END {label}-----", pem, re.S)
    if block is None:
        raise argument_error(f"the PEM text has no {label}")
    return base64.b64decode(block[1])


def private_key(der: bytes) -> PrivateKey:
    """Reads PKCS #8 (RFC 5208): version, algorithm, and an octet string with the RSAPrivateKey (RFC 8017, A.1.2)."""
    rsa_key = _members(_members(_members(der)[0])[2])[0]
    integers = [int.from_bytes(value, "big") for value in _members(rsa_key)]
    return PrivateKey(integers[1], integers[3])


def _members(data: bytes) -> list[bytes]:
    """The contents of DER elements that follow each other."""
    found, at = [], 0
    while at < len(data):
        length, at = data[at + 1], at + 2
        if length > 127:
            count = length - 128
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        found.append(data[at : at + length])
        at += length
    return found


def sign_ps256(key: PrivateKey, message: bytes) -> bytes:
    """RSASSA-PSS with SHA-256 (RFC 8017, 8.1.1 and 9.1.1)."""
    bits = key.modulus.bit_length() - 1
    size = (bits + 7) // 8
    salt = os.urandom(SALT_BYTES)
    digest = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
    block = bytes(size - SALT_BYTES - HASH_BYTES - 2) + b"\x01" + salt
    masked = bytes(a ^ b for a, b in zip(block, _mask(digest, len(block))))
    first = masked[0] & (0xFF >> (8 * size - bits))
    encoded = bytes([first]) + masked[1:] + digest + b"\xbc"
    signature = pow(int.from_bytes(encoded, "big"), key.exponent, key.modulus)
    return signature.to_bytes((key.modulus.bit_length() + 7) // 8, "big")


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 (RFC 8017, B.2.1)."""
    blocks = (hashlib.sha256(seed + count.to_bytes(4, "big")).digest() for count in range(-(-length // HASH_BYTES)))
    return b"".join(blocks)[:length]
