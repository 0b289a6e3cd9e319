"""When a show may start, and how pages, mails and the back office say times: one format, with year
and zone; the brand's zone, or on public pages the visitor's own (by the script)."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

import showfloor
from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.checkout import order_emails
from showfloor.checkout.models import Order
from showfloor.checkout.order_emails import MailKind
from showfloor.kernel import settings
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import Invalid
from showfloor.shows import services
from showfloor.shows.models import Show
from showfloor.shows.services import ShowChanges, ShowDraft
from tests.conftest import make_staff
from tests.site.rows import make_rows
from tests.support.front_end import pretend_built
from tests.support.shows import Caller, make_show

SOURCES = Path(showfloor.__file__).parent
SUMMER = datetime(2030, 7, 5, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _front_end(tmp_path: Path, settings: LazySettings) -> None:
    pretend_built(tmp_path, settings)


@pytest.fixture
def office(client: Client, producer: User) -> Client:
    client.force_login(producer)
    return client


def in_zone(brand: Brand, name: str) -> Brand:
    Brand.objects.filter(pk=brand.pk).update(time_zone=name)
    brand.time_zone = name
    return brand


def summer_show(brand: Brand) -> Show:
    return services.create_show(brand, ShowDraft(title="Summer", starts_at=SUMMER))


# --- when a show may start


@pytest.mark.parametrize("starts_at", ["2020-03-01T18:30:00Z", "9999-12-31T23:30:00Z"])
def test_start_that_is_no_plan_is_refused_with_its_field(
    brand: Brand, producer: User, starts_at: str
) -> None:
    caller = Caller(user=producer)
    body = {"title": "Late", "starts_at": starts_at}
    status, problem = caller.call("POST", "/brands/maison-test/shows", body)
    assert (status, problem["field"]) == (422, "starts_at")
    assert not Show.objects.for_brand(brand).exists()

    show = make_show(brand)
    path = f"/shows/{show.slug}/settings"
    status, problem = caller.call("PATCH", path, {"title": "Other", "starts_at": starts_at})
    assert (status, problem["field"]) == (422, "starts_at")
    show.refresh_from_db()
    assert (show.title, show.starts_at) == ("Spring lips", datetime(2030, 3, 1, 18, 30, tzinfo=UTC))


def test_start_in_the_past_stands_beside_its_field_in_the_form(
    brand: Brand, office: Client
) -> None:
    response = office.post("/console/shows/new", {"title": "Late", "starts_at": "2020-03-01T19:30"})
    assert response.status_code == 422
    assert 'id="id_starts_at_error"' in response.text
    assert "This time has passed." in response.text
    assert not Show.objects.for_brand(brand).exists()


def test_start_of_this_moment_is_a_plan(brand: Brand) -> None:
    now = utc_now()
    show = services.create_show(brand, ShowDraft(title="Now", starts_at=now - timedelta(minutes=4)))
    assert show.state == "scheduled"
    with pytest.raises(Invalid):
        services.update_show(show, ShowChanges({"starts_at": now - timedelta(minutes=6)}))


def test_overdue_show_can_be_edited_and_keeps_its_time(brand: Brand, office: Client) -> None:
    """Also to the second, which the form's field does not have."""
    overdue = utc_now() - timedelta(hours=2, seconds=7)
    show = make_show(brand, products=0)
    Show.objects.for_brand(brand).filter(pk=show.pk).update(starts_at=overdue)
    text = office.get(f"/console/shows/{show.slug}/edit").text
    typed = text.split('name="starts_at" value="')[1].split('"')[0]
    response = office.post(
        f"/console/shows/{show.slug}/edit", {"title": "Still to come", "starts_at": typed}
    )
    assert response.status_code == 302
    show.refresh_from_db()
    assert (show.title, show.starts_at, show.state) == ("Still to come", overdue, "scheduled")


def test_show_without_a_time_is_a_draft_and_one_that_has_begun_keeps_its_own(
    brand: Brand, producer: User, office: Client
) -> None:
    assert services.create_show(brand, ShowDraft(title="Some day")).state == "draft"
    show = services.start(make_show(brand, products=0), producer)
    response = office.post(
        f"/console/shows/{show.slug}/edit", {"title": "On air", "starts_at": "2020-01-01T10:00"}
    )
    assert response.status_code == 302
    show.refresh_from_db()
    assert (show.title, iso_ms(show.starts_at or SUMMER)) == ("On air", "2030-03-01T18:30:00.000Z")


# --- how times are said


def test_programme_says_year_and_zone_and_lets_the_script_say_the_visitors(brand: Brand) -> None:
    summer_show(brand)
    text = Client().get("/").text
    assert (
        '<time datetime="2030-07-05T18:00:00Z" data-local="full" data-until>'
        "Fri 5 Jul 2030, 20:00 CEST</time>"
    ) in text
    german = Client().get("/", headers={"accept-language": "de"}).text
    assert ">Fr 5. Jul 2030, 20:00 CEST</time>" in german


def test_console_speaks_the_brands_zone(brand: Brand, office: Client) -> None:
    show = summer_show(in_zone(brand, "America/New_York"))
    text = office.get("/console/").text
    assert (
        '<time datetime="2030-07-05T18:00:00Z" data-until>Fri 5 Jul 2030, 14:00 EDT</time>' in text
    )
    assert 'time-zone="America/New_York"' in office.get(f"/console/shows/{show.slug}").text


def test_back_office_speaks_the_brands_zone_and_says_which(brand: Brand, office: Client) -> None:
    show = summer_show(in_zone(brand, "America/New_York"))
    for path in ("/admin/shows/show/", f"/admin/shows/show/{show.pk}/change/"):
        assert "Fri 5 Jul 2030, 14:00 EDT" in office.get(path).text


def test_back_office_of_brands_in_several_zones_speaks_the_installations(
    brand: Brand, other_brand: Brand, producer: User, office: Client
) -> None:
    summer_show(in_zone(brand, "America/New_York"))
    in_zone(other_brand, "Asia/Tokyo")
    StaffRole.objects.create(brand=other_brand, user=producer, role=Role.PRODUCER)
    assert "Fri 5 Jul 2030, 20:00 CEST" in office.get("/admin/shows/show/").text


def test_mail_says_when_the_order_was_placed_in_the_brands_zone(brand: Brand) -> None:
    order = make_rows(in_zone(brand, "America/New_York"), "tag")[Order]
    assert isinstance(order, Order)
    order.placed_at = SUMMER
    content = order_emails.render_order(order, MailKind.ORDER_CONFIRMED)
    assert "Ordered: Fri 5 Jul 2030, 14:00 EDT" in content.text
    assert "Ordered: Fri 5 Jul 2030, 14:00 EDT" in content.html


def test_templates_know_two_formats_of_dates() -> None:
    """And the machine's, in the attribute of `<time>`."""
    known = {"DATETIME_FORMAT", "DATE_FORMAT", "Y-m-d\\TH:i:s\\Z", "c"}
    templates = [path for path in SOURCES.rglob("templates/**/*") if path.is_file()]
    used = {
        (path.name, found)
        for path in templates
        for found in re.findall(r"""\|date(?::["']([^"']*)["'])?""", path.read_text("utf-8"))
    }
    assert used
    assert {name for name, found in used if found not in known} == set()


# --- the zone itself


def test_brand_begins_with_the_installations_zone() -> None:
    assert Brand().time_zone == settings.load({}).time_zone == "Europe/Berlin"


def test_zone_that_does_not_exist_is_refused(brand: Brand, client: Client) -> None:
    client.force_login(make_staff(brand, Role.OWNER, "owner@example.test"))
    form = {
        "name": brand.name, "slug": brand.slug, "accent": brand.accent, "currency": "EUR",
        "tax_rate_bp": "1900", "time_zone": "Europe/Atlantis", "language": "en",
    }  # fmt: skip
    response = client.post(f"/admin/accounts/brand/{brand.pk}/change/", form)
    assert "time_zone" in response.context["adminform"].form.errors
    brand.refresh_from_db()
    assert brand.time_zone == "Europe/Berlin"
    with pytest.raises(settings.SettingError, match="SHOWFLOOR_TIME_ZONE: must be a time zone"):
        settings.load({"SHOWFLOOR_TIME_ZONE": "Atlantis"})
