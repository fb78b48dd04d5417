"""
The key pair that signs the fake's webhooks, and its certificate: RSA, 2048 bits, PKCS #1 v1.5 with SHA-256.

The private half stands here for everybody to read: it signs test messages and guards nothing. The certificate is
self-signed and valid until the year 9999, so that virtual time cannot outlive it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIC3zCCAcegAwIBAgIBATANBgkqhkiG9w0BAQsFADAyMTAwLgYDVQQDDCdtZXNz
YWdldmVyaWZpY2F0aW9uY2VydHMucGF5cGFsLmV4YW1wbGUwIBcNMDAwMTAxMDAw
MDAwWhgPOTk5OTEyMzEwMDAwMDBaMDIxMDAuBgNVBAMMJ21lc3NhZ2V2ZXJpZmlj
YXRpb25jZXJ0cy5wYXlwYWwuZXhhbXBsZTCCASIwDQYJKoZIhvcNAQEBBQADggEP
ADCCAQoCggEBALWWWQIaG8ewYZuiT43sm8FVXDB+maaoUOB+0jkYz9TPFuv1U2wJ
l+6tDa7DMT2H4uRNC54EU9IGZWRXJdTx//OkCMqIYHl3FfdT1W+ksDKxwzpCsfhQ
0NTrRCGLYoR0z7q8MAUaGYDyDNsR47OVA4byzcnQJ9ioUKQaBcFJVl/2B0Hro140
ZGiiY/DyEQ/TWEw2EyHOOTbkgJUpRnfmJnMP9r/xIqNWCdD3BO4yhMEzdqMEYviV
rLCVyJ2+5QKyRLw5TnRTv6h55oWsisglVWqTG6NlruDvpMWhchLBiiQuLuoVzUG+
wZn0eOMsnTkxDQOr5GhwIE+Z8qBwyomwcC8CAwEAATANBgkqhkiG9w0BAQsFAAOC
AQEAeTLktaoqulqHvS5uXpad2B4ixQ919fwFogUi5B5ZRcqAZUMJ6XoBljpBTsh9
juDGQlF4Lmmx+HyBgjLm3vFKUaWZhcQrBAYy6OGg5YgE+jAGm1jscGwm5jfUF1nk
B9qGaJrsS9I90q8zM3XZOh2zFjbS/pGIMFm36rXW1uYkVFrVG+pf2G+DGF3e4DCd
+JXDjP9Ay+iBxz7c3e5CJAbLpAnKLhdHvrScKP4aOCs6LuEKlm3CuPCjvS3IZVqb
VWTCvDd6KVDENpcKNtTDYME05Clm10DW47e6Yabzq/x0HtI7Ypfy1slX0romS7hD
alHoRepP9YP9W7a1uAZ5ejQkRQ==
-----END CERTIFICATE-----
"""

_P = int(
    "fc2ab1650edfc243812d7e326a750b419c4c3f3577c0d7088913a77d25acee0c7ab14e2f0a65cec8ae124647794cddd4"
    "ee20a4960e8ab8977cfe43bcf1aa4fcf29f75631cb348eeaee1dd610dd40247ec7ab00e076025ff85f2aac4a41bd790b"
    "66ca9a499ef768e957024ab04cbe03be8e15cb057c14e39ee3be50847ea16315",
    16,
)
_Q = int(
    "b858fea4979701db6b7a2eaf37eee915c940e19216bcd53be6676dc8258899f8b644501f06e3c84de959966e059772b5"
    "605593fdd3eb8c9e1f3d4712587e83484d45cb42236a1528ceaf5b3771337771d72b9a0daf7d4c3bd9d525ce9badb5f8"
    "7ca9d782e78dc85314e430565de1b78476fa077ce705dd8e364df2192e0ba733",
    16,
)
_EXPONENT = 65_537
_MODULUS = _P * _Q
_PRIVATE = pow(_EXPONENT, -1, (_P - 1) * (_Q - 1))
_Q_INVERSE = pow(_Q, -1, _P)
_BYTES = 256
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DER prefix that says "a SHA-256 digest follows" (RFC 8017, section 9.2)."""


@lru_cache(maxsize=4096)  # thousands of runs send the same, and this is the slow part of sending
def sign(message: bytes) -> bytes:
    """Sign a message as Java's `SHA256withRSA` does (RFC 8017, section 8.2)."""
    value = int.from_bytes(_padded(message))
    by_p, by_q = pow(value, _PRIVATE % (_P - 1), _P), pow(value, _PRIVATE % (_Q - 1), _Q)
    return (by_q + _Q * ((by_p - by_q) * _Q_INVERSE % _P)).to_bytes(_BYTES)


def is_signed(message: bytes, signature: bytes) -> bool:
    """Tell whether the signature is ours and of this message."""
    return len(signature) == _BYTES and pow(int.from_bytes(signature), _EXPONENT, _MODULUS).to_bytes(_BYTES) == _padded(
        message
    )


def _padded(message: bytes) -> bytes:
    digest = _SHA256 + sha256(message).digest()
    return b"\x00\x01" + b"\xff" * (_BYTES - len(digest) - 3) + b"\x00" + digest
