"""The demo's rows: brand, people, catalogue, stock, shows. Safe to run at every start.

Changes that people made since (prices, stock, a show's text) stay as they are. A show of the demo
that was ended makes room for a new one, so that `make demo` always has one that is live.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile

from showfloor.accounts import setup
from showfloor.accounts.models import Brand, Role, User
from showfloor.catalogue.models import Category, Product, Variant
from showfloor.catalogue.services import set_price
from showfloor.checkout.models import ShippingOption
from showfloor.kernel.clock import utc_now
from showfloor.media import services as media
from showfloor.shows.models import Host, Show, ShowState
from showfloor.shows.services import lifecycle, planning
from showfloor.stock import services as stock
from showfloor.timeline.services import write
from showfloor_demo import law, members
from showfloor_demo.chat.casts import MEMBERS_MAX, SCRIPTS
from showfloor_demo.film import Film
from showfloor_demo.films import FILMS
from showfloor_demo.house import DemoHost, DemoProduct, DemoShow, DemoVariant, House
from showfloor_demo.houses import HOUSES

_REDUCED_SINCE = timedelta(days=45)  # how long the goods had their price before

# Makes the recording of a show that is over: the show, what it is, and who produced it.
type Record = Callable[[Show, DemoShow, User], None]

PASSWORD = "velvet-hour-2026"  # noqa: S105 - of a demo that listens on this machine only


@dataclass(frozen=True, slots=True)
class DemoPerson:
    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class LiveFacts:
    """A live show of the demo. `director`: the account of the producer who works by herself."""

    house: House
    about: DemoShow
    show_id: str
    slug: str
    timeline_id: str
    channel_id: str
    stream_key: str
    director_id: str
    sessions: tuple[str, ...]  # session cookies of the first members of the cast

    @property
    def film(self) -> Film:
        return FILMS[self.about.film]


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """The live shows that the demo runs and prints, the first house's first."""

    live: tuple[LiveFacts, ...]
    people: tuple[DemoPerson, ...]


def seed(pictures: Path, record: Record | None = None) -> DemoFacts:
    """Make what is missing; the facts. `record` makes the recording of a show that is over."""
    live = [_house(house, pictures, record) for house in HOUSES]
    return DemoFacts(tuple(live), logins(HOUSES[0]))


def logins(house: House) -> tuple[DemoPerson, ...]:
    """Return who can sign in to work for a house."""
    return tuple(
        DemoPerson(role.value, f"{role.value}@{house.brand.domain}", PASSWORD)
        for role in (Role.OWNER, Role.PRODUCER, Role.MODERATOR)
    )


def _house(house: House, pictures: Path, record: Record | None) -> LiveFacts:
    with write():
        brand = _brand(house, pictures)
        owner = _people(house, brand)
        director = _director(house, brand)
        for item in house.products:
            _product(house, brand, item, pictures)
        _shipping(house, brand)
        law.publish_texts(house, brand, owner)
        hosts = {host.name: _host(brand, host, pictures) for host in house.hosts}
    for about in house.replays:
        found = _shows_called(brand, about.title)
        if record and not found.exclude(state=ShowState.DRAFT).exists():
            # A draft is left of a set-up that was killed.
            record(found.first() or _show(brand, about, hosts, pictures), about, director)
    live = _live_show(house, brand, owner, hosts, pictures)
    for about in house.shows:
        if about.starts_in_min > 0 and not _shows_called(brand, about.title).exists():
            _show(brand, about, hosts, pictures)
    key = media.stream_key(live.channel) or media.rotate_key(live.channel)
    return LiveFacts(
        house, house.live, live.pk, live.slug, live.timeline_id, live.channel_id, key, director.pk,
        members.sessions(brand, SCRIPTS[house.live.slug].personas[:MEMBERS_MAX]),
    )  # fmt: skip


def _shows_called(brand: Brand, title: str) -> "QuerySet[Show]":
    return Show.objects.for_brand(brand).filter(title=title)


def _brand(house: House, pictures: Path) -> Brand:
    about = house.brand
    brand, new = Brand.objects.get_or_create(
        slug=about.slug,
        defaults={
            "name": about.name, "tagline": about.tagline, "accent": about.accent,
            "display_font": about.display_font,
            "currency": about.currency, "language": about.language, "host_name": about.host_name,
            "host_verified_at": utc_now() if about.host_name else None,
        },
    )  # fmt: skip
    if new:
        _picture(brand.logo, pictures / about.mark)
        _picture(brand.icon, pictures / about.icon)
        _picture(brand.hero, pictures / about.hero)
    return brand


def _people(house: House, brand: Brand) -> User:
    """The owner; beside them a producer and a moderator."""
    made = [
        setup.add_staff(brand, person.email, person.password, Role(person.role), name)
        for person, name in zip(logins(house), house.staff, strict=True)
    ]
    return made[0]


def _director(house: House, brand: Brand) -> User:
    """The producer who works by herself; nobody signs in as her."""
    email = f"director@{house.brand.domain}"
    found = User.objects.filter(email=email).first()
    return found or setup.add_staff(
        brand, email, secrets.token_urlsafe(24), Role.PRODUCER, house.director
    )


def _product(house: House, brand: Brand, item: DemoProduct, pictures: Path) -> None:
    if Product.objects.for_brand(brand).filter(reference=item.reference).exists():
        return
    position = house.categories.index(item.category)
    category, _new = Category.objects.for_brand(brand).get_or_create(
        brand=brand, name=item.category, defaults={"position": position}
    )
    product = Product(
        brand=brand, reference=item.reference, name=item.name, vendor=brand.name,
        category=category, option_names=list(item.option_names),
        description=f"<p>{item.summary}</p><p>{item.description}</p>",
    )  # fmt: skip
    product.save()
    _picture(product.image, pictures / item.picture)
    for place, variant in enumerate(item.variants):
        _variant(product, place, variant, pictures)


def _variant(product: Product, place: int, item: DemoVariant, pictures: Path) -> None:
    variant = Variant(
        brand=product.brand, product=product, sku=item.sku, options=dict(item.options),
        position=place, swatch=item.colour,
    )  # fmt: skip
    variant.save()
    if item.picture:
        _picture(variant.image, pictures / item.picture)
    for currency, amount in item.prices.items():
        before = item.compare_at.get(currency)
        if before is not None:  # the price that the reduction is measured by
            set_price(variant, currency, before, None, utc_now() - _REDUCED_SINCE)
        set_price(variant, currency, amount, before)
    stock.set_level(product.brand_id, variant.pk, item.stock)


def _shipping(house: House, brand: Brand) -> None:
    if ShippingOption.objects.for_brand(brand).exists():
        return
    for place, option in enumerate(house.shipping):
        ShippingOption(
            brand=brand, name=option.name, note=option.note, price=option.prices[brand.currency],
            currency=brand.currency, position=place,
        ).save()  # fmt: skip


def _host(brand: Brand, about: DemoHost, pictures: Path) -> Host:
    found = Host.objects.for_brand(brand).filter(name=about.name).first()
    if found is None:
        found = planning.create_host(brand, about.name, about.about)
        _picture(found.picture, pictures / about.picture)
    return found


def _live_show(
    house: House, brand: Brand, owner: User, hosts: dict[str, Host], pictures: Path
) -> Show:
    live = (
        Show.objects.for_brand(brand).filter(state=ShowState.LIVE).order_by("-started_at").first()
    )
    if live is None:
        live = lifecycle.start(_show(brand, house.live, hosts, pictures), owner)
    return live


def _show(brand: Brand, about: DemoShow, hosts: dict[str, Host], pictures: Path) -> Show:
    products = Product.objects.for_brand(brand).filter(reference__in=about.products)
    by_reference = {product.reference: product.pk for product in products}
    cover = pictures / about.cover
    return planning.create_show(
        brand,
        planning.ShowDraft(
            title=about.title,
            description=about.description,
            starts_at=_start(about.starts_in_min) if about.starts_in_min >= 0 else None,
            host_ids=[hosts[name].pk for name in about.hosts],
            product_ids=[by_reference[reference] for reference in about.products],
            cover=File(ContentFile(cover.read_bytes()), name=cover.name),
        ),
    )


def _start(in_min: int) -> datetime:
    """Return the time of a show: now, or six in the evening (UTC) of its day."""
    moment = utc_now() + timedelta(minutes=in_min)
    return moment.replace(hour=18, minute=0, second=0, microsecond=0) if in_min else moment


def _picture(field: FieldFile, source: Path) -> None:
    field.save(source.name, ContentFile(source.read_bytes()), save=True)
