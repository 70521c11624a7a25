"""The scheme of Standard Webhooks: what a message is called, and how it is signed.

See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md and
docs/decisions/0015-how-webhooks-are-signed.md.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode, b64encode
from hashlib import sha256

SCHEME = "v1"
PREFIX = "whsec_"
LEAST, MOST = 24, 64  # bytes of a key, by the specification


def key_of(secret: str) -> bytes | None:
    """Return the key that ``whsec_…`` stands for; None when it is none, or of an odd length."""
    if not secret.startswith(PREFIX):
        return None
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if LEAST <= len(key) <= MOST else None


def new_secret() -> str:
    """Return a secret nobody had before."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def webhook_id(key: str) -> str:
    """Return what tells the receiver that it is the same message: the same for ever."""
    return f"msg_{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def signature(key: bytes, number: str, timestamp: int, body: bytes) -> str:
    """Return the signature of one delivery, as its header carries it."""
    signed = b".".join((number.encode(), str(timestamp).encode(), body))
    return f"{SCHEME},{b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
