"""The origin of a request: its address, and keyed hashes of the address and of its network, which
bans and restrictions remember.

No Django here: the hot path asks the same questions. Addresses themselves are never stored.
"""

import hashlib
import hmac

from showfloor.kernel.networks import network

_IPV4_PREFIX = 24
_HASH_HEX = 32


def client_address(remote: str, forwarded_for: str, trusted_proxies: int) -> str:
    """The visitor's address. Each trusted proxy appended the address it was called from to
    `X-Forwarded-For`; whatever stands left of those was written by the visitor."""
    if trusted_proxies == 0:
        return remote
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    return hops[-trusted_proxies] if len(hops) >= trusted_proxies else remote


class NetworkHasher:
    """Keyed hash of an address's /24 (IPv4) or /64 (IPv6)."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(f"network:{secret}".encode()).digest()

    def __call__(self, address: str) -> str:
        """Return 32 hex digits for the network; empty when `address` is none (a Unix socket)."""
        return self._hash(address, _IPV4_PREFIX)

    def of_address(self, address: str) -> str:
        """Return the hash of a whole IPv4 address, or of an IPv6 network: one household has more
        IPv6 addresses than anyone can name."""
        return self._hash(address, 32)

    def _hash(self, address: str, ipv4_prefix: int) -> str:
        found = network(address, ipv4_prefix)
        if found is None:
            return ""
        return hmac.new(self._key, str(found).encode(), "sha256").hexdigest()[:_HASH_HEX]


class AddressSigner:
    """Signs a visitor's address for another process of this installation, and for one connection:
    `nonce` is what the visitor made for it."""

    def __init__(self, *secrets: str) -> None:
        """`secrets`: the current one, by which is signed, and those of before."""
        self._keys = [hashlib.sha256(f"address:{one}".encode()).digest() for one in secrets]

    def sign(self, address: str, nonce: str) -> str:
        return f"{address} {self._seal(self._keys[0], address, nonce)}"

    def address(self, signed: str, nonce: str) -> str | None:
        """Return the address that `sign` was given; None for anything else."""
        address, _, seal = signed.rpartition(" ")
        known = [self._seal(key, address, nonce).encode() for key in self._keys]
        is_ours = any(hmac.compare_digest(seal.encode(), one) for one in known)
        return address if is_ours else None

    def _seal(self, key: bytes, address: str, nonce: str) -> str:
        return hmac.new(key, f"{nonce} {address}".encode(), "sha256").hexdigest()
