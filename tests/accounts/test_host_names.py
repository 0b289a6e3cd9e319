"""A host name shows the brand that has proven it, and no other."""

import socketserver
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, override

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from django.conf import settings as django_settings
from django.test import Client

from showfloor.accounts import host_names
from showfloor.accounts.models import Brand, Role, User
from showfloor.accounts.services import brand_of_host
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid, Unavailable
from tests.conftest import make_staff

HOST = "shop.maison.example"


@dataclass
class Zone:
    """DNS records, as `host_names.TxtLookup` finds them."""

    records: dict[str, list[str]]

    def __call__(self, name: str) -> Sequence[str]:
        return self.records.get(name, [])


def claimed(brand: Brand, host: str = HOST) -> Brand:
    brand.host_name = host_names.cleaned(host)
    host_names.claim(brand, is_trusted=False)
    brand.save()
    return brand


def zone_of(*brands: Brand) -> Zone:
    """Return the DNS records that these brands' owners put into their domains."""
    return Zone({name: ["v=spf1", value] for name, value in map(host_names.record_of, brands)})


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", ""), ("Shop.Maison.Example.", HOST), ("  shop.maison.example ", HOST),
        ("läden.example", "xn--lden-loa.example"),
    ],
)  # fmt: skip
def test_host_name_is_kept_as_browsers_write_it(typed: str, name: str) -> None:
    assert host_names.cleaned(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "shop", "127.0.0.1", "2001:db8::1", "localhost", "x.localhost", "-a.example", "a..example",
        "shop.example:8000", "https://shop.example", "a b.example", "a" * 64 + ".example",
        "*.example",
    ],
)  # fmt: skip
def test_impossible_host_name_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        host_names.cleaned(typed)
    assert caught.value.field == "host_name"


def test_host_name_of_the_installation_is_nobodys(brand: Brand, settings: Any) -> None:
    settings.SHOWFLOOR = replace(django_settings.SHOWFLOOR, base_url=f"https://{HOST}")
    with pytest.raises(Invalid, match="installation's own"):
        host_names.cleaned(HOST)
    first = Brand.objects.order_by("created_at", "pk")[0]
    other = Brand.objects.create(
        slug="other", name="Other", host_name=HOST, host_verified_at=utc_now()
    )
    assert brand_of_host(HOST) == first != other


def test_claim_shows_nothing_before_it_is_proven(brand: Brand, other_brand: Brand) -> None:
    claimed(other_brand)
    assert brand_of_host(HOST) == brand  # as for any unknown name: the first brand
    assert not host_names.verify(other_brand.pk, Zone({}))
    assert brand_of_host(HOST) == brand
    assert host_names.verify(other_brand.pk, zone_of(other_brand))
    assert brand_of_host(f"{HOST.upper()}:8000") == other_brand


def test_demo_brand_is_at_a_name_below_localhost(brand: Brand, other_brand: Brand) -> None:
    """Nobody can claim such a name; the demo gives its second brand one."""
    Brand.objects.filter(pk=other_brand.pk).update(
        host_name="pots.localhost", host_verified_at=utc_now()
    )
    assert brand_of_host("pots.localhost:8000") == other_brand
    assert brand_of_host("localhost:8000") == brand
    assert brand_of_host("x.localhost:8000") == brand


def test_record_of_one_brand_proves_nothing_for_another(brand: Brand, other_brand: Brand) -> None:
    zone = zone_of(claimed(brand))
    assert not host_names.verify(claimed(other_brand).pk, zone)


def test_host_name_is_proven_once(brand: Brand, other_brand: Brand) -> None:
    zone = Zone(
        {
            f"_showfloor.{HOST}": [
                host_names.record_of(claimed(one))[1] for one in (brand, other_brand)
            ]
        }
    )
    assert host_names.verify(brand.pk, zone)
    with pytest.raises(Conflict) as caught:
        host_names.verify(other_brand.pk, zone)
    assert caught.value.code == "host-taken"
    other_brand.refresh_from_db()
    assert other_brand.host_verified_at is None
    with pytest.raises(Conflict):
        host_names.claim(other_brand, is_trusted=True)


def test_another_name_has_to_be_proven_anew(brand: Brand) -> None:
    old = zone_of(claimed(brand))
    host_names.verify(brand.pk, old)
    brand.refresh_from_db()
    assert brand.host_verified_at is not None
    assert claimed(brand, "www.maison.example").host_verified_at is None
    assert claimed(brand).host_verified_at is None
    assert not host_names.verify(brand.pk, old)  # the old record has an old token


# --- in the back office


@pytest.fixture
def owner(brand: Brand) -> User:
    return make_staff(brand, Role.OWNER, "owner@maison.test")


def save(user: User, brand: Brand, host: str) -> Any:
    client = Client()
    client.force_login(user)
    page = f"/admin/accounts/brand/{brand.pk}/change/"
    form = client.get(page).context["adminform"].form
    values = {name: form[name].value() for name in form.fields if form[name].value()}
    values.pop("logo", None)
    for name in [name for name in form.fields if name.endswith("_0")]:
        values.pop(name)
    return client.post(page, {**values, "host_name": host}, follow=True)


def test_owner_is_told_how_to_prove_a_host_name(
    brand: Brand, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The back office asks the resolver of its machine, which a test has none of."""
    zone = Zone({})
    monkeypatch.setattr(host_names, "look_up", zone)
    page = save(owner, brand, HOST).content.decode()
    brand.refresh_from_db()
    assert (brand.host_name, brand.host_verified_at) == (HOST, None)
    assert host_names.record_of(brand)[1] in page_of(owner, brand)
    assert "is not proven yet" in page
    zone.records = zone_of(brand).records
    assert "shows this brand from now on" in save(owner, brand, HOST).content.decode()
    brand.refresh_from_db()
    assert brand.host_verified_at is not None


def test_owner_cannot_take_the_installations_host_name(brand: Brand, owner: User) -> None:
    page = save(owner, brand, "localhost").content.decode()
    assert "A host name looks like" in page
    brand.refresh_from_db()
    assert brand.host_name == ""


def test_operators_word_is_proof(brand: Brand, admin_user: User) -> None:
    save(admin_user, brand, HOST)
    brand.refresh_from_db()
    assert brand.host_verified_at is not None


def page_of(user: User, brand: Brand) -> str:
    client = Client()
    client.force_login(user)
    return client.get(f"/admin/accounts/brand/{brand.pk}/change/").content.decode()


# --- a real name server


class NameServer(socketserver.UDPServer):
    """Answers for TXT records over UDP; refuses names that begin with `broken`."""

    def __init__(self, records: dict[str, list[str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.records = records


class _Answer(socketserver.BaseRequestHandler):
    @override
    def handle(self) -> None:
        data, sock = self.request
        asked = dns.message.from_wire(data)
        question = asked.question[0]
        answer = dns.message.make_response(asked)
        name = question.name.to_text(omit_final_dot=True)
        assert isinstance(self.server, NameServer)
        if name.startswith("broken"):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.server.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        else:
            texts = [f'"{text}"' for text in self.server.records[name]]
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "TXT", texts))
        sock.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def resolver() -> Iterator[dns.resolver.Resolver]:
    server = NameServer({f"_showfloor.{HOST}": ["v=spf1", "showfloor-brand=abc"]})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port = ["127.0.0.1"], server.server_address[1]
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def test_records_are_read_from_a_name_server(resolver: dns.resolver.Resolver) -> None:
    found = host_names.look_up(f"_showfloor.{HOST}", resolver)
    assert sorted(found) == ["showfloor-brand=abc", "v=spf1"]  # DNS keeps no order
    assert host_names.look_up("_showfloor.other.example", resolver) == []
    with pytest.raises(Unavailable):
        host_names.look_up("broken.example", resolver)
