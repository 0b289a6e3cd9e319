"""Addresses: which one is the visitor's, and what is remembered of it."""

import pytest

from showfloor.accounts.network import NetworkHasher, client_address

hasher = NetworkHasher("secret-of-the-tests")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),  # anyone can send the header
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(proxies: int, forwarded: str, address: str) -> None:
    assert client_address("10.0.0.1", forwarded, proxies) == address


def test_a_network_is_a_24_or_a_64() -> None:
    assert hasher("203.0.113.9") == hasher("203.0.113.200")
    assert hasher("203.0.113.9") != hasher("203.0.114.9")
    assert hasher("2001:db8:1:2::9") == hasher("2001:db8:1:2:ffff::1")
    assert hasher("2001:db8:1:2::9") != hasher("2001:db8:1:3::9")
    assert hasher("::ffff:203.0.113.9") == hasher("203.0.113.1")


def test_the_hash_is_keyed_and_says_nothing_of_no_address() -> None:
    assert hasher("203.0.113.9") != NetworkHasher("another")("203.0.113.9")
    assert hasher("") == ""
    assert hasher("unix:") == ""


def test_an_address_is_all_of_ipv4_and_a_64_of_ipv6() -> None:
    assert hasher.of_address("203.0.113.9") != hasher.of_address("203.0.113.10")
    assert hasher.of_address("203.0.113.9") != hasher("203.0.113.9")
    assert hasher.of_address("2001:db8:1:2::9") == hasher.of_address("2001:db8:1:2:ffff::1")
    assert hasher.of_address("unix:") == ""
