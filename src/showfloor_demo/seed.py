"""The demo's rows: brand, people, catalogue, stock, shows. Safe to run at every start.

What people changed since (prices, stock, a show's text) stays as they left it. A show of the demo
that was ended makes room for a new one, so that `make demo` always has one that is live.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.files.base import ContentFile, File
from django.db.models.fields.files import FieldFile

from showfloor.accounts import setup
from showfloor.accounts.models import Brand, Role, User
from showfloor.catalogue.models import Category, Price, Product, Variant
from showfloor.checkout.models import ShippingOption
from showfloor.kernel.clock import utc_now
from showfloor.media import services as media
from showfloor.shows import services as shows
from showfloor.shows.models import Host, Show, ShowState
from showfloor.shows.services import ShowDraft
from showfloor.stock import services as stock
from showfloor.timeline.services import write
from showfloor_demo import catalogue
from showfloor_demo.catalogue import DemoProduct, DemoShow, DemoVariant

PASSWORD = "velvet-hour-2026"  # noqa: S105 - of a demo that listens on this machine only


@dataclass(frozen=True, slots=True)
class DemoPerson:
    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What the demo prints."""

    brand_name: str
    show_slug: str
    show_title: str
    stream_key: str
    people: tuple[DemoPerson, ...]


def seed(pictures: Path) -> DemoFacts:
    """Make what is missing; the live show's facts."""
    with write():
        brand = _brand(pictures)
        owner = _people(brand)
        for item in catalogue.PRODUCTS:
            _product(brand, item, pictures)
        _shipping(brand)
        hosts = {host.name: _host(brand, host, pictures) for host in catalogue.HOSTS}
    live = _live_show(brand, owner, hosts, pictures)
    for coming in catalogue.SHOWS:
        if (
            coming.starts_in_min
            and not Show.objects.for_brand(brand).filter(title=coming.title).exists()
        ):
            _show(brand, coming, hosts, pictures)
    key = media.stream_key(live.channel) or media.rotate_key(live.channel)
    return DemoFacts(brand.name, live.slug, live.title, key, _logins())


def _brand(pictures: Path) -> Brand:
    about = catalogue.BRAND
    brand, new = Brand.objects.get_or_create(
        slug=about.slug,
        defaults={
            "name": about.name, "tagline": about.tagline, "accent": about.accent,
            "currency": about.currency,
        },
    )  # fmt: skip
    if new:
        _picture(brand.logo, pictures / about.mark)
    return brand


def _logins() -> tuple[DemoPerson, ...]:
    domain = f"{catalogue.BRAND.slug}.example"
    return tuple(
        DemoPerson(role.value, f"{role.value}@{domain}", PASSWORD)
        for role in (Role.OWNER, Role.PRODUCER, Role.MODERATOR)
    )


def _people(brand: Brand) -> User:
    """The owner; beside them a producer and a moderator."""
    names = ("Odile Varga", "Pia Lindqvist", "Mo Okafor")
    made = [
        setup.add_staff(brand, person.email, person.password, Role(person.role), name)
        for person, name in zip(_logins(), names, strict=True)
    ]
    return made[0]


def _product(brand: Brand, item: DemoProduct, pictures: Path) -> None:
    if Product.objects.for_brand(brand).filter(reference=item.reference).exists():
        return
    position = catalogue.CATEGORIES.index(item.category)
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
        position=place,
    )  # fmt: skip
    variant.save()
    if item.picture:
        _picture(variant.image, pictures / item.picture)
    for currency, amount in item.prices.items():
        Price(
            variant=variant, currency=currency, amount=amount,
            compare_at=item.compare_at.get(currency),
        ).save()  # fmt: skip
    stock.set_level(product.brand_id, variant.pk, item.stock)


def _shipping(brand: Brand) -> None:
    if ShippingOption.objects.for_brand(brand).exists():
        return
    for place, (name, note, price) in enumerate(
        [
            ("Standard", "2–4 working days", 390),
            ("Express", "Next working day when ordered before 14:00", 890),
        ]
    ):
        ShippingOption(
            brand=brand, name=name, note=note, price=price, currency=brand.currency, position=place
        ).save()


def _host(brand: Brand, about: catalogue.DemoHost, pictures: Path) -> Host:
    found = Host.objects.for_brand(brand).filter(name=about.name).first()
    if found is None:
        found = shows.create_host(brand, about.name, about.about)
        _picture(found.picture, pictures / about.picture)
    return found


def _live_show(brand: Brand, owner: User, hosts: dict[str, Host], pictures: Path) -> Show:
    live = (
        Show.objects.for_brand(brand).filter(state=ShowState.LIVE).order_by("-started_at").first()
    )
    if live is None:
        tonight = next(show for show in catalogue.SHOWS if not show.starts_in_min)
        live = shows.start(_show(brand, tonight, hosts, pictures), owner)
    return live


def _show(brand: Brand, about: DemoShow, hosts: dict[str, Host], pictures: Path) -> Show:
    products = Product.objects.for_brand(brand).filter(reference__in=about.products)
    by_reference = {product.reference: product.pk for product in products}
    cover = pictures / about.cover
    return shows.create_show(
        brand,
        ShowDraft(
            title=about.title,
            description=about.description,
            starts_at=_on_the_hour(about.starts_in_min),
            host_ids=[hosts[name].pk for name in about.hosts],
            product_ids=[by_reference[reference] for reference in about.products],
            cover=File(ContentFile(cover.read_bytes()), name=cover.name),
        ),
    )


def _on_the_hour(in_min: int) -> datetime:
    moment = utc_now() + timedelta(minutes=in_min)
    return moment.replace(minute=0, second=0, microsecond=0) if in_min else moment


def _picture(field: FieldFile, source: Path) -> None:
    field.save(source.name, ContentFile(source.read_bytes()), save=True)
