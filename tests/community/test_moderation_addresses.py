"""The reach of a guest's time-out: newcomers of the same address, and of the whole network only
once they come back from another address of it."""

from datetime import timedelta

import pytest
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.accounts.signer import network_hasher, token_signer
from showfloor.accounts.tokens import Claims
from showfloor.community.moderation import services
from showfloor.community.moderation.services import NewRestriction
from showfloor.community.safety import auto_mod
from showfloor.community.safety.models import Restriction, RestrictionKind
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Forbidden
from showfloor.shows.models import Show
from tests.support.chat import post_message
from tests.support.shows import guest

CARRIER = "net-of-a-carrier"


def someone(brand: Brand, name: str, address: str) -> Claims:
    """A guest whose cookie is made now."""
    return guest(brand, name, CARRIER, address)


def may_write(show: Show, viewer: Claims) -> bool:
    auto_mod.forget()
    try:
        post_message(show, viewer, f"c-{viewer.name}", f"hello from {viewer.name}")
    except Forbidden as error:
        return error.code != "timed-out"
    return True


def time_out(show: Show, whom: Claims, by: User) -> Restriction:
    order = NewRestriction(RestrictionKind.TIME_OUT, viewer_id=whom.sub, minutes=10)
    row = services.restrict(show, order, by)
    # Cookies say when they were made to the millisecond; those of this test are made at once.
    row.created_at -= timedelta(milliseconds=1)
    row.save(update_fields=["created_at"])
    return row


def test_time_out_covers_newcomers_of_the_address_and_not_the_network(
    show: Show, brand: Brand, moderator: User
) -> None:
    troll, neighbour = someone(brand, "Troll", "a1"), someone(brand, "Neighbour", "a1")
    post_message(show, troll, "c1", "spam")
    row = time_out(show, troll, moderator)
    assert (row.address, row.network, row.covers_network) == ("a1", CARRIER, False)
    assert not may_write(show, troll)
    assert not may_write(show, someone(brand, "New cookie", "a1"))
    assert may_write(show, someone(brand, "Stranger", "a2"))
    Restriction.objects.for_brand(brand).update(created_at=utc_now())
    assert may_write(show, neighbour)  # was there before


def test_network_is_covered_once_a_newcomer_of_it_is_restricted(
    show: Show, brand: Brand, moderator: User
) -> None:
    before = someone(brand, "Before", "a3")
    troll = someone(brand, "Troll", "a1")
    post_message(show, troll, "c1", "spam")
    time_out(show, troll, moderator)
    back = someone(brand, "Back", "a2")
    post_message(show, back, "c1", "spam again")
    assert time_out(show, back, moderator).covers_network
    assert not may_write(show, someone(brand, "Third", "a3"))
    Restriction.objects.for_brand(brand).update(created_at=utc_now())
    assert may_write(show, before)
    assert may_write(show, guest(brand, "Elsewhere", "another-net", "b1"))


def test_guest_from_before_the_restriction_is_no_comeback(
    show: Show, brand: Brand, moderator: User
) -> None:
    other = someone(brand, "Other", "a2")
    troll = someone(brand, "Troll", "a1")
    for viewer in (other, troll):
        post_message(show, viewer, "c1", f"spam of {viewer.name}")
    services.restrict(
        show,
        NewRestriction(RestrictionKind.TIME_OUT, viewer_id=troll.sub, minutes=9),
        moderator,
    )
    assert not time_out(show, other, moderator).covers_network
    assert may_write(show, someone(brand, "Stranger", "a3"))


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:1:2::9"])
def test_token_knows_the_address_of_its_bearer_as_a_hash(show: Show, address: str) -> None:
    client = Client(REMOTE_ADDR=address)
    page = client.post("/api/v1/viewer-token", {"show": show.slug}, "application/json")
    claims = token_signer().verify(page.json()["token"], utc_now())
    assert claims.address == network_hasher().of_address(address) != ""
    assert claims.network == network_hasher()(address)
