"""The server-rendered pages: what they say, to whom, and that they work without JavaScript."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.catalogue.models import Product
from showfloor.kernel.clock import utc_now
from showfloor.shows import queries, services
from showfloor.shows.models import Host, Show, ShowState
from showfloor.shows.plan import plan_rows
from showfloor.shows.services import ShowChanges, ShowDraft
from tests.conftest import make_staff
from tests.support.catalogue import make_product
from tests.support.forms import fields
from tests.support.front_end import pretend_built
from tests.support.shows import TOMORROW, make_show, product_ids

WORDS_IMPORT = "/admin/community/wordrule/import/"


@pytest.fixture(autouse=True)
def _front_end(tmp_path: Path, settings: LazySettings) -> None:
    pretend_built(tmp_path, settings)


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", size, "#8c2f39").save(out, kind)
    return SimpleUploadedFile("a.png", out.getvalue(), "image/png")


# --- the programme


def test_installation_without_a_brand_has_a_page(db: None) -> None:
    assert "Open the back office" in page(Client(), "/")


def test_brand_without_shows_has_an_empty_programme(brand: Brand, staff: Client) -> None:
    assert "Nothing is planned yet" in page(Client(), "/")
    assert "/console/shows/new?brand=maison-test" not in page(Client(), "/")
    assert "/console/shows/new?brand=maison-test" in page(staff, "/")


def test_live_coming_replays(brand: Brand, producer: User) -> None:
    names = ["Live one", "Coming one", "Past one", "Hidden one", "Rehearsal one"]
    live, coming, past, hidden, rehearsal = (make_show(brand, name, products=0) for name in names)
    services.create_show(brand, ShowDraft(title="Draft one"))
    services.start(live, producer)
    services.start(past, producer)
    services.end(past, producer)
    services.update_show(hidden, ShowChanges({"published": False}))
    services.update_show(rehearsal, ShowChanges({"is_test": True}))
    plan = queries.programme(brand)
    assert (plan.live, plan.coming, plan.replays) == ([live], [coming], [past])
    text = page(Client(), "/")
    assert re.findall(r'title">(\w+) one</span>', text) == ["Live", "Coming", "Past"]
    assert f"/shows/{coming.slug}/calendar.ics" in text
    assert re.search(r'<time datetime="2030-03-01T18:30:00Z"[^>]*>Fri 1 Mar 2030, 19:30 CET', text)


def test_titles_can_not_break_out(brand: Brand) -> None:
    make_show(brand, "<script>alert(1)</script>", products=0)
    assert "<script>alert" not in page(Client(), "/")


def test_a_host_name_shows_its_own_brand(brand: Brand, other_brand: Brand) -> None:
    own = {"host_name": "127.0.0.1", "host_verified_at": utc_now()}
    Brand.objects.filter(pk=other_brand.pk).update(**own)
    named = '<a class="sf-brand" href="/">{}'
    other = Client().get("/", headers={"host": "127.0.0.1"}).content.decode()
    assert named.format("Rival") in other
    assert named.format("Maison Test") in page(Client(), "/")


def test_a_brand_without_a_host_name_has_a_programme_too(brand: Brand, other_brand: Brand) -> None:
    show = make_show(other_brand, "Theirs", products=0)
    text = page(Client(), "/brands/rival/")
    assert "Theirs" in text
    assert '<a class="sf-brand" href="/brands/rival/">' in text
    data = data_of_show(Client(), f"/shows/{show.slug}")
    assert data["urls"]["programme"] == "/brands/rival/"
    assert data["urls"]["mine"] == "/brands/rival/mine/"
    assert '<a class="sf-brand" href="/">' in page(Client(), "/brands/maison-test/")


# --- one show


def data_of_show(client: Client, path: str) -> Any:
    """Return the data that the page's script reads."""
    response = client.get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    (raw,) = re.findall(r'<script type="application/json">(.*?)</script>', response.text, re.DOTALL)
    return json.loads(raw)


def test_the_page_of_a_show_carries_all_it_needs(brand: Brand) -> None:
    show = make_show(brand)
    data = data_of_show(Client(), f"/shows/{show.slug}")
    assert data["timeline"]["seq"] == 0
    assert data["token"]["viewer"] == {**data["viewer"], "role": "guest"}
    assert [product["id"] for product in data["products"]] == product_ids(show)
    assert data["cart"] == {
        "currency": "EUR", "items": [], "bundles": [], "gift": None, "subtotal": 0, "count": 0,
        "held": {}, "version": 0, "market": "", "unpriced": [], "reserved": [],
    }  # fmt: skip
    assert data["language"] == "en"
    assert data["urls"]["calendar"] == f"/shows/{show.slug}/calendar.ics"


def test_a_guest_stays_the_same_guest(brand: Brand) -> None:
    show, client = make_show(brand), Client()
    first, second = (data_of_show(client, f"/shows/{show.slug}") for _ in range(2))
    assert first["viewer"]["id"] == second["viewer"]["id"]


def test_page_has_structured_data_for_search_engines(brand: Brand, producer: User) -> None:
    show = make_show(brand, "Lips </script> & more", products=0)
    services.start(show, producer)
    text = page(Client(), f"/shows/{show.slug}")
    (raw,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    read = json.loads(raw)
    assert (read["@type"], read["name"]) == ("VideoObject", "Lips </script> & more")
    assert read["publication"]["isLiveBroadcast"] is True
    assert f'<meta property="og:url" content="http://localhost:8000/shows/{show.slug}">' in text


def test_engine_and_playlist_are_fetched_early_where_there_is_a_picture(
    brand: Brand, producer: User
) -> None:
    coming, live, at_edge = (make_show(brand, title, products=0) for title in ("A", "B", "C"))
    services.update_show(at_edge, ShowChanges({"has_live_edge": True}))
    services.start(live, producer)
    services.start(at_edge, producer)
    engine = r'<link rel="modulepreload" href="[^"]*hls-engine.js">'
    playlist = r'<link rel="preload" as="fetch" href="/hls/{}/index.m3u8" crossorigin="anonymous">'
    before, on_air = (page(Client(), f"/shows/{one.slug}") for one in (coming, live))
    assert not re.search(engine, before)
    assert not re.search(playlist.format(coming.slug), before)
    assert re.search(engine, on_air)
    assert re.search(playlist.format(live.slug), on_air)
    assert not re.search(playlist.format(at_edge.slug), page(Client(), f"/shows/{at_edge.slug}"))


def test_only_staff_preview_what_is_not_published(
    brand: Brand, staff: Client, stranger: User
) -> None:
    draft = services.create_show(brand, ShowDraft(title="Draft"))
    assert '<meta name="robots" content="noindex">' in page(staff, f"/shows/{draft.slug}")
    page(Client(), f"/shows/{draft.slug}", status=404)
    page(Client(), f"/shows/{draft.slug}/calendar.ics", status=404)
    theirs = Client()
    theirs.force_login(stranger)
    page(theirs, f"/shows/{draft.slug}", status=404)


def test_the_calendar_file(brand: Brand) -> None:
    show = make_show(brand, "Lips, nails; and more \\ " + "ü" * 40, products=0)
    response = Client().get(f"/shows/{show.slug}/calendar.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    raw = response.content
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    lines = raw.decode().replace("\r\n ", "").split("\r\n")
    assert "DTSTART:20300301T183000Z" in lines
    assert "DTEND:20300301T193000Z" in lines
    assert f"SUMMARY:Lips\\, nails\\; and more \\\\ {'ü' * 40} · Maison Test" in lines
    assert f"URL:http://localhost:8000/shows/{show.slug}" in lines


# --- the console


def test_the_console_asks_people_to_sign_in(brand: Brand) -> None:
    for path in ("/console/", "/console/shows/new", f"/console/shows/{make_show(brand).slug}"):
        response = Client().get(path)
        assert response.status_code == 302
        assert response["Location"] == f"/accounts/login/?next={path}"


def test_the_list_of_shows(brand: Brand, other_brand: Brand, staff: Client) -> None:
    assert "Plan the first show" in page(staff, "/console/")
    make_show(brand, "Ours")
    make_show(other_brand, "Theirs")
    text = page(staff, "/console/")
    assert "Ours" in text
    assert "Theirs" not in text
    assert "2 products" in text
    page(staff, "/console/?brand=rival", status=404)


def test_someone_at_two_brands_switches(brand: Brand, other_brand: Brand, producer: User) -> None:
    make_show(other_brand, "Theirs")
    client = Client()
    client.force_login(make_staff(brand, Role.HOST, "both@example.test"))
    assert "Theirs" not in page(client, "/console/")
    user = User.objects.get(email="both@example.test")
    StaffRole(brand=other_brand, user=user, role=Role.PRODUCER).save()
    assert "Theirs" in page(client, "/console/?brand=rival")
    assert "New show" not in page(client, "/console/?brand=maison-test")


def test_the_live_console(brand: Brand, staff: Client, stranger: User) -> None:
    show = make_show(brand)
    response = staff.get(f"/console/shows/{show.slug}")
    text = response.content.decode()
    assert f'<sf-console-live slug="{show.slug}" words-import="{WORDS_IMPORT}"' in text
    element = text.partition("<sf-console-live ")[2].partition("</sf-console-live>")[0]
    (data,) = re.findall('<script type="application/json">(.+?)</script>', element)
    assert json.loads(data)["show"]["slug"] == show.slug
    assert json.loads(data)["report"]["state"] == "scheduled"
    assert "csrftoken" in response.cookies
    theirs = Client()
    theirs.force_login(stranger)
    page(theirs, f"/console/shows/{show.slug}", status=404)


@pytest.mark.parametrize(
    ("role", "is_staff", "url"),
    [
        (Role.MODERATOR, True, WORDS_IMPORT),
        (Role.MODERATOR, False, ""),  # the role alone opens no back office
        (Role.HOST, True, ""),
    ],
)
def test_link_to_the_import_of_words_follows_rights(
    brand: Brand, role: Role, is_staff: bool, url: str
) -> None:
    user = make_staff(brand, role, "someone@example.test")
    user.is_staff = is_staff
    user.save()
    client = Client()
    client.force_login(user)
    assert f'words-import="{url}"' in page(client, f"/console/shows/{make_show(brand).slug}")
    if is_staff:
        assert client.get(WORDS_IMPORT).status_code == (200 if url else 403)


def test_console_report_has_show_stream_audience_and_sales(brand: Brand, staff: Client) -> None:
    show = make_show(brand, products=1)
    answer = staff.get(f"/api/v1/shows/{show.slug}/console").json()
    (product,) = queries.rundown_products(show)
    assert answer.pop("now").endswith("Z")
    assert answer == {
        "state": "scheduled",
        "title": "Spring lips",
        "published": True,
        "started_at": None,
        "ended_at": None,
        "viewers": 0,
        "peak": 0,
        "carts": 0,
        "orders": 0,
        "sales": {"amount": 0, "currency": "EUR"},
        "messages": 0,
        "health": None,
        "warnings": [],
        "disk": None,
        "refused": [],
        "restreams": [],
        "plays": "",
        "plan": [
            {
                "item_id": plan_rows(show)[0]["item_id"],
                "kind": "product",
                "title": product.name,
                "minutes": None,
                "cue": "",
                "by_itself": False,
                "ref": product.pk,
            }
        ],
        "rundown": [
            {
                "product_id": product.pk,
                "name": product.name,
                "image_url": None,
                "price": 1900,
                "compare_at_price": None,
                "lowest_price_30d": None,
                "currency": "EUR",
                "available": 5,
            }
        ],
        "notices": {"count": 0, "due_at": None},
        "cue": None,
        "highlights": [],
    }


def test_logo_stands_in_the_name_s_place(brand: Brand, staff: Client) -> None:
    """In the header of public pages and the console, and for the player."""
    show = make_show(brand, products=0)
    assert 'class="sf-brand__logo"' not in page(Client(), "/")
    brand.logo.save("maison.png", picture(), save=True)
    mark = f'<img class="sf-brand__logo" src="{brand.logo.url}" alt="Maison Test">'
    for client, path in ((Client(), "/"), (Client(), f"/shows/{show.slug}"), (staff, "/console/")):
        assert mark in page(client, path), path
    assert queries.show_view(show)["brand"]["logo_url"] == brand.logo.url


# --- the form


def test_empty_catalogue_leads_to_its_import(brand: Brand, staff: Client) -> None:
    text = page(staff, "/console/shows/new")
    for path in ("/admin/catalogue/product/import/", "/admin/catalogue/product/add/"):
        assert f'href="{path}"' in text
        assert staff.get(path).status_code == 200


def test_make_a_show_without_javascript(brand: Brand, staff: Client) -> None:
    first, second, third = (make_product(brand, name) for name in ("alpha", "beta", "gamma"))
    host = Host(brand=brand, name="Léa")
    host.save()
    assert f'name="position_{first.pk}"' in page(staff, "/console/shows/new")
    response = staff.post(
        "/console/shows/new",
        {
            "title": "Autumn",
            "starts_at": "2030-03-01T19:30",  # Berlin
            "published": "on",
            "host_ids": [host.pk],
            "new_host": "Mia",
            f"position_{first.pk}": "20",
            f"position_{second.pk}": "",
            f"position_{third.pk}": "10",
            "cover": picture((4000, 2000)),
        },
    )
    assert (response.status_code, response["Location"]) == (302, "/console/shows/autumn")
    show = queries.find("autumn")
    assert (show.state, show.starts_at) == (ShowState.SCHEDULED, TOMORROW)
    assert product_ids(show) == [third.pk, first.pk]
    assert sorted(show.hosts.values_list("name", flat=True)) == ["Léa", "Mia"]
    assert str(show.cover.name).endswith(".jpg")
    with Image.open(show.cover.path) as cover:
        assert (cover.format, cover.size) == ("JPEG", (1920, 960))


def test_errors_stand_beside_their_fields(brand: Brand, staff: Client) -> None:
    product = make_product(brand, "alpha")
    response = staff.post(
        "/console/shows/new",
        {
            "title": "",
            "starts_at": "2030-03-31T02:30",  # does not exist in Berlin: clocks go forward
            "description": "kept",
            f"position_{product.pk}": "first",
            "cover": SimpleUploadedFile("a.png", b"<svg onload=alert(1)>", "image/png"),
        },
    )
    assert response.status_code == 422
    text = response.content.decode()
    assert 'id="id_title_error"' in text
    assert 'id="id_starts_at_error"' in text
    assert 'id="id_cover_error"' in text
    assert "Use whole numbers for the order." in text
    assert "kept</textarea>" in text
    assert not Show.objects.for_brand(brand).exists()


def test_edit_a_show(brand: Brand, staff: Client) -> None:
    show = make_show(brand)
    first, second = product_ids(show)
    text = page(staff, f"/console/shows/{show.slug}/edit")
    assert 'value="2030-03-01T19:30"' in text
    response = staff.post(
        f"/console/shows/{show.slug}/edit",
        {"title": "Other", "starts_at": "", f"position_{second}": "1", f"position_{first}": "2"},
    )
    assert response.status_code == 302
    changed = queries.find(show.slug, [brand.pk])
    assert (changed.title, changed.state) == ("Other", ShowState.DRAFT)
    assert changed.published is False
    assert product_ids(show) == [second, first]


def test_a_refused_rundown_changes_nothing(brand: Brand, staff: Client, producer: User) -> None:
    show = make_show(brand)
    services.start(show, producer)
    services.highlight(show, product_ids(show)[:1], None, producer)
    response = staff.post(f"/console/shows/{show.slug}/edit", {"title": "Other"})
    assert response.status_code == 422
    assert "was shown and stays in the rundown" in response.content.decode()
    assert queries.find(show.slug).title == "Spring lips"


@pytest.mark.parametrize("role", [Role.HOST, Role.MODERATOR])
def test_only_producers_edit(brand: Brand, role: Role) -> None:
    show, client = make_show(brand), Client()
    client.force_login(make_staff(brand, role, "the-other@example.test"))
    page(client, f"/console/shows/{show.slug}")
    page(client, f"/console/shows/{show.slug}/edit", status=403)
    page(client, "/console/shows/new", status=403)


def test_another_brands_shows_can_not_be_edited(brand: Brand, stranger: User) -> None:
    show, client = make_show(brand), Client()
    client.force_login(stranger)
    page(client, f"/console/shows/{show.slug}/edit", status=404)
    path = "/console/shows/new?brand=maison-test"
    assert client.post(path, {"title": "Mine"}).status_code == 404
    assert Show.objects.for_brand(brand).count() == 1


# --- files


def test_uploads_have_safe_types(db: None) -> None:
    folder = Path(settings.MEDIA_ROOT) / "covers"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("a.jpg", "a.svg", "a.html"):
        (folder / name).write_bytes(b"x")
    response = Client().get("/uploads/covers/a.jpg")
    assert b"".join(response.streaming_content) == b"x"  # type: ignore[attr-defined]
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "image/jpeg",
        "public, max-age=86400",
    )
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    again = {"if-modified-since": response["Last-Modified"]}
    assert Client().get("/uploads/covers/a.jpg", headers=again).status_code == 304
    for name in ("a.svg", "a.html", "none.jpg", ".."):
        assert Client().get(f"/uploads/covers/{name}").status_code == 404, name
    assert Client().get("/uploads/../../secret_key").status_code in {400, 404}
    response.close()


def test_a_brands_colours(brand: Brand) -> None:
    response = Client().get("/brand/maison-test.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    text = response.content.decode()
    assert ":root { --sf-accent: #8c2f39; --sf-on-accent: #ffffff; " in text
    assert "--sf-accent-hover: #782831; --sf-accent-edge: #8c2f39; " in text
    assert "--sf-accent-soft: #f5eced; --sf-accent-ink: #8c2f39; --sf-font-display: " in text
    assert "@media (prefers-color-scheme: dark)" in text
    again = {"if-none-match": response["ETag"]}
    assert Client().get("/brand/maison-test.css", headers=again).status_code == 304
    assert Client().get("/brand/none.css").status_code == 404


def test_pages_keep_the_content_security_policy(brand: Brand) -> None:
    policy = Client().get("/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*(src=|application/))", page(Client(), "/"))


def test_a_brands_icon(brand: Brand) -> None:
    Brand.objects.filter(pk=brand.pk).update(name="<b>")
    response = Client().get("/brand/maison-test.svg")
    assert (response.status_code, response["Content-Type"]) == (200, "image/svg+xml")
    assert "&lt;</text>" in response.content.decode()


def test_the_consoles_order(brand: Brand, producer: User) -> None:
    past, live, later, sooner = (make_show(brand, name, products=0) for name in "PLTS")
    services.create_show(brand, ShowDraft(title="D"))
    for show in (past, live):
        services.start(show, producer)
    services.end(past, producer)
    services.update_show(sooner, ShowChanges({"starts_at": TOMORROW.replace(day=1, hour=1)}))
    services.update_show(later, ShowChanges({"starts_at": TOMORROW.replace(year=2031)}))
    assert [show.title for show in queries.shows_of(brand)] == ["L", "S", "T", "D", "P"]


def test_static_files_come_from_the_same_process(db: None) -> None:
    response = Client().get("/static/admin/css/base.css")
    assert (response.status_code, response["Cache-Control"]) == (200, "max-age=3600, public")
    response.close()
    assert re.match(settings.WHITENOISE_IMMUTABLE_FILE_TEST, "/static/dist/assets/a-CSXw7P7s.js")
    assert not re.match(settings.WHITENOISE_IMMUTABLE_FILE_TEST, "/static/dist/manifest.json")


def test_saved_form_keeps_products_that_its_list_has_no_room_for(
    brand: Brand, producer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("showfloor.site.views.show_form._PRODUCTS_MAX", 1)
    products = [make_product(brand, f"product-{n}") for n in range(3)]
    chosen = [products[2].pk, products[1].pk]
    Product.objects.for_brand(brand).filter(pk=chosen[0]).update(published=False)
    show = services.create_show(brand, ShowDraft(title="Evening", product_ids=chosen))
    address = f"/console/shows/{show.slug}/edit"
    client = Client()
    client.force_login(producer)

    sent = fields(client.get(address)) | {"title": "Night"}
    assert client.post(address, sent).status_code == 302

    assert product_ids(show) == chosen


def test_form_brings_the_first_page_of_the_catalogue(
    brand: Brand, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("showfloor.site.views.show_form._PRODUCTS_MAX", 2)
    alpha, beta, gamma = (make_product(brand, name) for name in ("alpha", "beta", "gamma"))

    response = staff.get("/console/shows/new")

    data = response.context["form_data"]
    assert [row["product_id"] for row in data["found"]] == [alpha.pk, beta.pk]
    assert (data["query"], data["has_more"]) == ("", True)
    text = response.content.decode()
    assert f"position_{gamma.pk}" not in text
    assert "There are more products than stand here." in text


def test_search_without_javascript_keeps_what_was_typed(
    brand: Brand, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("showfloor.site.views.show_form._PRODUCTS_MAX", 1)
    alpha, beta, gamma = (make_product(brand, name) for name in ("alpha", "beta", "gamma"))
    host = Host(brand=brand, name="Léa")
    host.save()
    typed = {
        "title": "Autumn",
        "starts_at": "2030-03-01T19:30",
        "description": "Soft light",
        "teleprompter": "# Welcome",
        "is_test": "on",
        "has_live_edge": "on",
        "evens_loudness": "on",
        "ai_made": "voice",
        "host_ids": [host.pk],
        f"position_{alpha.pk}": "1",
        "query": "gamma",
        "find": "1",
    }

    response = staff.post("/console/shows/new", typed)

    assert response.status_code == 200
    sent = fields(response)
    assert (sent["title"], sent["description"]) == ("Autumn", "Soft light")
    assert sent["teleprompter"] == "# Welcome"
    assert (sent["starts_at"], sent["query"]) == ("2030-03-01T19:30", "gamma")
    assert (sent.get("is_test"), sent.get("published")) == ("on", None)
    assert (sent.get("has_live_edge"), sent["ai_made"]) == ("on", "voice")
    assert sent.get("evens_loudness") == "on"
    assert sent["host_ids"] in (host.pk, [host.pk])
    assert (sent[f"position_{alpha.pk}"], sent[f"position_{gamma.pk}"]) == ("1", "")
    assert f"position_{beta.pk}" not in sent
    assert not Show.objects.for_brand(brand).exists()

    response = staff.post("/console/shows/new", typed | {"query": "nothing such"})

    assert "No product matches “nothing such”." in response.content.decode()
    assert fields(response)[f"position_{alpha.pk}"] == "1"


def test_search_in_a_show_that_has_begun_keeps_its_time(
    brand: Brand, staff: Client, producer: User
) -> None:
    show = make_show(brand)
    services.start(show, producer)
    address = f"/console/shows/{show.slug}/edit"

    response = staff.post(address, {"title": "Night", "query": "", "find": "1"})

    assert 'value="2030-03-01T19:30"' in response.content.decode()
    assert queries.find(show.slug).title == show.title


def test_duplicating_opens_the_form_of_a_draft(brand: Brand, staff: Client) -> None:
    show = make_show(brand)
    response = staff.post(f"/console/shows/{show.slug}/duplicate")
    assert response["Location"] == "/console/shows/copy-of-spring-lips/edit"
    assert "Copy of Spring lips" in page(staff, response["Location"])
    assert staff.get(f"/console/shows/{show.slug}/duplicate").status_code == 405
