"""Shows over HTTP: exact answers, and who may not."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from showfloor.accounts.models import Brand, Role, User
from showfloor.catalogue.models import Category, Product, Variant
from showfloor.kernel.clock import iso_ms
from showfloor.media import services as media
from showfloor.media.source_role import SourceRole
from showfloor.shows import queries, services
from showfloor.shows.models import Show, ShowState
from showfloor.shows.services import ShowChanges
from showfloor.shows.srt_places import srt_places
from showfloor.timeline import queries as timeline
from tests.conftest import make_staff
from tests.support.catalogue import make_product
from tests.support.shows import TOMORROW, Caller, guest, make_show, product_ids


def operations(show: Show) -> list[tuple[str, str, Any, set[Role]]]:
    """Every staff operation of the room, and which roles beside the owner may call it."""
    at, brand = f"/shows/{show.slug}", f"/brands/{show.brand.slug}"
    everyone = {Role.PRODUCER, Role.CLERK, Role.MODERATOR, Role.HOST}
    on_air = {Role.PRODUCER, Role.MODERATOR}
    return [
        ("GET", f"{brand}/shows", None, everyone),
        ("GET", f"{brand}/products", None, everyone),
        ("GET", f"{brand}/categories", None, everyone),
        ("GET", f"{at}/settings", None, everyone),
        ("POST", f"{brand}/shows", {"title": "New"}, {Role.PRODUCER}),
        ("PATCH", f"{at}/settings", {"title": "Newer"}, {Role.PRODUCER}),
        ("GET", f"{at}/teleprompter", None, {Role.PRODUCER, Role.HOST}),
        ("PUT", f"{at}/teleprompter", {"text": ""}, {Role.PRODUCER, Role.HOST}),
        ("PUT", f"{at}/rundown", {"product_ids": []}, {Role.PRODUCER}),
        ("POST", f"{at}/rundown/items", {"product_ids": []}, {Role.PRODUCER}),
        ("DELETE", f"{at}/rundown/items/none", None, {Role.PRODUCER}),
        ("GET", f"{at}/plan", None, everyone),
        ("PUT", f"{at}/plan", {"item_ids": []}, {Role.PRODUCER}),
        ("POST", f"{at}/plan/items", {"kind": "segment", "data": {}}, {Role.PRODUCER}),
        ("PATCH", f"{at}/plan/items/none", {"data": {}}, {Role.PRODUCER}),
        ("DELETE", f"{at}/plan/items/none", None, {Role.PRODUCER}),
        ("GET", f"{at}/stream-key", None, {Role.PRODUCER}),
        ("POST", f"{at}/stream-key/rotate", {}, {Role.PRODUCER}),
        ("PUT", f"{at}/srt", {"is_wanted": False}, {Role.PRODUCER}),
        ("PUT", f"{at}/source", {"source": None}, {Role.PRODUCER}),
        ("POST", f"{at}/start", {}, {Role.PRODUCER}),
        ("POST", f"{at}/highlights", {"product_ids": []}, on_air),
        ("DELETE", f"{at}/highlights/none", None, on_air),
        ("POST", f"{at}/cues", {"item_id": "none"}, on_air),
        ("PATCH", f"{at}/cues/none", {"held": True}, on_air),
        ("DELETE", f"{at}/cues/none", None, on_air),
        ("POST", f"{at}/end", {}, {Role.PRODUCER}),
    ]


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_its_rights(show: Show, brand: Brand, role: Role) -> None:
    caller = Caller(user=make_staff(brand, role, f"the-{role}@example.test"), is_confirmed=True)
    for method, path, body, allowed in operations(show):
        status, answer = caller.call(method, path, body)
        if role is Role.OWNER or role in allowed:
            assert status not in {401, 403}, (method, path, answer)
        else:
            assert (status, answer["code"]) == (403, "forbidden"), (method, path)


def test_another_brands_staff_find_nothing(show: Show, stranger: User) -> None:
    caller = Caller(user=stranger)
    for method, path, body, _allowed in operations(show):
        assert caller.call(method, path, body)[0] == 404, (method, path)
    assert queries.find(show.slug).state == ShowState.SCHEDULED


def test_viewers_and_nobody_are_asked_to_sign_in(show: Show, brand: Brand) -> None:
    for caller in (Caller(), Caller(viewer=guest(brand))):
        for method, path, body, _allowed in operations(show):
            assert caller.call(method, path, body)[0] == 401, (method, path)


def test_make_and_change_a_show(brand: Brand, producer: User) -> None:
    caller = Caller(user=producer)
    product = make_product(brand, "velvet")
    status, made = caller.call(
        "POST",
        "/brands/maison-test/shows",
        {"title": "Autumn", "starts_at": "2030-03-01T19:30:00+01:00", "product_ids": [product.pk]},
    )
    assert status == 201
    assert made == {
        "slug": "autumn",
        "title": "Autumn",
        "description": "",
        "state": "scheduled",
        "published": True,
        "open_to": "everyone",
        "is_test": False,
        "has_live_edge": False,
        "evens_loudness": False,
        "ai_made": "",
        "starts_at": "2030-03-01T18:30:00.000Z",
        "started_at": None,
        "ended_at": None,
        "cover_url": None,
        "host_ids": [],
        "product_ids": [product.pk],
    }
    assert caller.call("PATCH", "/shows/autumn/settings", {"published": False}) == (
        200,
        {**made, "published": False},
    )
    _, changed = caller.call("PATCH", "/shows/autumn/settings", {
        "published": True, "has_live_edge": True, "evens_loudness": True,
    })  # fmt: skip
    assert changed == {**made, "has_live_edge": True, "evens_loudness": True}
    assert Caller().call("GET", "/shows/autumn")[1]["live_edge_url"] == "/live-edge/autumn"
    status, problem = caller.call("PATCH", "/shows/autumn/settings", {"title": None})
    assert (status, problem["field"]) == (422, "title")
    status, problem = caller.call("PATCH", "/shows/autumn/settings", {"starts_at": "2030-03-01"})
    assert (status, problem["field"]) == (422, "starts_at")


def test_label_of_an_ai_made_host_reaches_viewers_at_once_and_stays_in_the_replay(
    show: Show, producer: User
) -> None:
    services.start(show, producer)
    caller, at = Caller(user=producer), f"/shows/{show.slug}"
    status, problem = caller.call("PATCH", f"{at}/settings", {"ai_made": "robot"})
    assert (status, problem["field"]) == (422, "ai_made")
    for _again in range(2):
        changed = caller.call("PATCH", f"{at}/settings", {"ai_made": "host"})[1]
        assert changed["ai_made"] == "host"
    entries = timeline.read(show.timeline_id, after=0, limit=10)
    labels = [one.body for one in entries if one.kind == "show.ai_labelled"]
    assert labels == [{"ai_made": "host"}]
    services.end(show, producer)
    assert Caller().call("GET", at)[1]["ai_made"] == "host"
    words = "The host of this show is made or altered by artificial intelligence."
    assert words in Caller().text(f"/shows/{show.slug}")[1]


def test_replay_keeps_each_label_that_was_true_while_the_show_was_live(
    show: Show, producer: User
) -> None:
    caller, at = Caller(user=producer), f"/shows/{show.slug}"
    label = partial(caller.call, "PATCH", f"{at}/settings")
    label({"ai_made": "host"})
    services.start(show, producer)
    label({"ai_made": "voice"})
    label({"ai_made": ""})
    assert Caller().call("GET", at)[1]["ai_made"] == ""
    services.end(show, producer)
    assert Caller().call("GET", at)[1]["ai_made"] == "host-and-voice"
    entries = timeline.read(show.timeline_id, after=0, limit=20)
    labels = [one.body["ai_made"] for one in entries if one.kind == "show.ai_labelled"]
    assert labels == ["host", "voice", "", "host-and-voice"]
    label({"ai_made": "host"})  # a correction
    assert Caller().call("GET", at)[1]["ai_made"] == "host"


def test_host_keeps_a_text_that_no_viewer_gets(brand: Brand, show: Show) -> None:
    host = Caller(user=make_staff(brand, Role.HOST, "lea@example.test"))
    path = f"/shows/{show.slug}/teleprompter"
    text = {"text": "# Welcome\nGood evening"}
    assert host.call("PUT", path, text) == (200, text)
    assert host.call("GET", path) == (200, text)
    status, problem = host.call("PUT", path, {"text": "a" * 20_001})
    assert (status, problem["field"]) == (422, "teleprompter")
    assert host.call("GET", path) == (200, text)
    assert "Good evening" not in str(Caller().call("GET", f"/shows/{show.slug}"))
    assert services.duplicate_show(show).teleprompter == ""  # `show` is from before the text
    show.refresh_from_db()
    assert services.duplicate_show(show).teleprompter == text["text"]


def test_another_brands_products_are_not_there(
    show: Show, producer: User, other_brand: Brand
) -> None:
    theirs = make_product(other_brand, "theirs")
    caller = Caller(user=producer)
    status, problem = caller.call(
        "PUT", f"/shows/{show.slug}/rundown", {"product_ids": [theirs.pk]}
    )
    assert (status, problem["field"]) == (422, "product_ids")
    status, found = caller.call("GET", "/brands/maison-test/products?q=theirs")
    assert (status, found) == (200, [])


def test_pages_of_the_product_search(brand: Brand, producer: User) -> None:
    made = [make_product(brand, f"lip {n}").pk for n in range(3)]
    make_product(brand, "nail")
    caller, at = Caller(user=producer), "/brands/maison-test/products?q=lip"

    def found(more: str) -> list[str]:
        status, rows = caller.call("GET", at + more)
        assert status == 200
        return [row["product_id"] for row in rows]

    assert found("") == made
    assert found("&limit=2") == made[:2]
    assert found("&limit=2&offset=2") == made[2:]
    assert found("&offset=3") == []
    for wrong, field in (("limit=0", "limit"), ("limit=51", "limit"), ("offset=10001", "offset")):
        status, problem = caller.call("GET", f"{at}&{wrong}")
        assert (status, problem["field"]) == (422, field)


def test_a_picture_that_is_not_fetched_yet_is_none(show: Show, producer: User) -> None:
    """The pages' policy would block it, and its host would learn who watches."""
    products = Product.objects.for_brand(show.brand_id)
    products.update(image="", image_source_url="https://cdn.test/a.jpg")
    _status, found = Caller(user=producer).call("GET", f"/shows/{show.slug}/products")
    assert {product["image_url"] for product in found} == {None}


def test_start_highlight_take_down_end(show: Show, producer: User) -> None:
    caller, at = Caller(user=producer), f"/shows/{show.slug}"
    first, _second = product_ids(show)
    assert caller.call("POST", f"{at}/start", {})[1]["state"] == "live"
    status, made = caller.call("POST", f"{at}/highlights", {"product_ids": [first]})
    assert status == 201
    assert (made["product_ids"], made["ended_at"]) == ([first], None)
    status, taken = caller.call("DELETE", f"{at}/highlights/{made['highlight_id']}")
    assert status == 200
    assert taken["ended_at"] >= taken["started_at"] == made["started_at"]
    assert caller.call("POST", f"{at}/end", {})[1]["state"] == "ended"
    status, problem = caller.call("POST", f"{at}/start", {})
    assert (status, problem["code"]) == (409, "show-ended")


def test_the_snapshot(show: Show) -> None:
    status, answer = Caller().call("GET", f"/shows/{show.slug}")
    now = answer.pop("now")
    assert now.endswith("Z")
    assert (status, answer) == (
        200,
        {
            "slug": "spring-lips",
            "title": "Spring lips",
            "description": "",
            "state": "scheduled",
            "starts_at": iso_ms(TOMORROW),
            "started_at": None,
            "ended_at": None,
            "cover_url": None,
            "hosts": [],
            "brand": {
                "slug": "maison-test",
                "name": "Maison Test",
                "accent": "#8c2f39",
                "logo_url": None,
            },
            "open_to": "everyone",
            "ai_made": "",
            "trailer": None,
            "hls_url": "/hls/spring-lips/index.m3u8",
            "live_edge_url": None,
            "has_playback_reports": True,
            "timeline": {"url": "/timeline/spring-lips", "seq": 0, "epoch": show.timeline.epoch},
            "curtain": "pending",
            "highlights": [],
            "messages": [],
            "chat": {"mode": "everyone", "trait": None, "slow_s": 0, "shield": False},
            "pinned": None,
            "announcement": None,
            "questions": [],
            "polls": [],
            "activations": [],
            "auctions": [],
            "deals": [],
            "giveaways": [],
            "sold": [],
            "selling_paused": None,
            "reactions": dict.fromkeys(("heart", "clap", "fire", "laugh", "wow"), 0),
            "caption_languages": [],
        },
    )


def test_products_of_a_show_are_listed_for_buyers(brand: Brand, producer: User) -> None:
    product = make_product(brand, "velvet", shades=("Rosé", "Ink"), on_hand=3)
    unpriced = make_product(brand, "unpriced")
    unpriced.variants.get().prices.all().delete()
    show = make_show(brand, products=0)
    services.set_rundown(show, [product.pk, unpriced.pk])
    first, second = product.variants.order_by("position")
    Variant.objects.for_brand(product.brand).filter(pk=first.pk).update(swatch="#c21e56")
    status, answer = Caller().call("GET", f"/shows/{show.slug}/products")
    assert status == 200
    assert answer[0] == {
        "id": product.pk,
        "reference": "velvet",
        "name": "Velvet",
        "description_html": "",
        "image_url": None,
        "category": None,
        "on_sale": True,
        "safety": None,
        "variants": [
            {
                "id": variant.pk,
                "sku": sku,
                "options": {"Shade": shade},
                "price": price,
                "compare_at_price": None,
                "lowest_price_30d": None,
                "unit_price": None,
                "sale": None,
                "currency": "EUR",
                "available": 3,
                "image_url": None,
                "swatch": swatch,
            }
            for variant, sku, shade, price, swatch in (
                (first, "VELVET-ROSÉ", "Rosé", 1900, "#c21e56"),
                (second, "VELVET-INK", "Ink", 2000, None),
            )
        ],
        "option_names": ["Shade"],
        "option_values": {},
        "media": [],
        "shown_at_s": [],
    }
    assert (answer[1]["id"], answer[1]["variants"]) == (unpriced.pk, [])


def test_products_are_found_in_a_category_and_those_below_it(
    brand: Brand, other_brand: Brand, producer: User
) -> None:
    care = Category.objects.create(brand=brand, name="Care")
    serums = Category.objects.create(brand=brand, name="Serums", parent=care)
    hidden = Category.objects.create(brand=brand, name="Hidden", published=False)
    theirs = Category.objects.create(brand=other_brand, name="Theirs")
    for reference, category in (("balm", care), ("glow", serums), ("lip", None)):
        made = make_product(brand, reference)
        Product.objects.for_brand(brand).filter(pk=made.pk).update(category=category)
    caller, at = Caller(user=producer), "/brands/maison-test"
    _status, listed = caller.call("GET", f"{at}/categories")
    assert [(one["name"], one["depth"]) for one in listed] == [("Care", 0), ("Serums", 1)]
    for asked, names in (
        (f"category={care.pk}", ["Balm", "Glow"]), (f"category={serums.pk}", ["Glow"]),
        (f"category={care.pk}&q=bal", ["Balm"]), (f"category={hidden.pk}", []),
        ("category=", ["Balm", "Glow", "Lip"]),
    ):  # fmt: skip
        _status, found = caller.call("GET", f"{at}/products?{asked}")
        assert [one["name"] for one in found] == names
    status, _answer = caller.call("GET", f"{at}/products?category={theirs.pk}")
    assert status == 404


@pytest.mark.parametrize("part", ["", "/products"])
def test_show_that_is_not_public_is_not_found(
    show: Show, producer: User, stranger: User, part: str
) -> None:
    path = f"/shows/{show.slug}{part}"
    assert Caller().call("GET", path)[0] == 200
    services.update_show(show, ShowChanges({"published": False}))
    assert Caller(user=producer).call("GET", path)[0] == 200
    for caller in (Caller(), Caller(user=stranger)):
        assert caller.call("GET", path)[0] == 404


def test_a_draft_is_not_public_either(brand: Brand) -> None:
    show = services.create_show(brand, services.ShowDraft(title="Draft"))
    assert Caller().call("GET", f"/shows/{show.slug}")[0] == 404


def test_the_stream_key_is_shown_and_rotated(show: Show, producer: User) -> None:
    caller, at = Caller(user=producer, is_confirmed=True), f"/shows/{show.slug}/stream-key"
    status, shown = caller.call("GET", at)
    assert (status, shown["url"]) == (200, "rtmp://localhost:1935/live")
    assert media.find_channel_by_key(shown["key"]) == show.channel
    status, rotated = caller.call("POST", f"{at}/rotate", {})
    assert status == 200
    assert rotated["key"] != shown["key"]
    assert media.find_channel_by_key(shown["key"]) is None
    assert caller.call("GET", at) == (200, rotated)
    assert rotated["backup_key"] == f"{rotated['key']}-backup"


def test_show_that_wants_srt_has_a_port_and_a_pass_phrase_of_its_own(
    show: Show, brand: Brand, producer: User, settings: Any
) -> None:
    caller, wanted = Caller(user=producer), {"is_wanted": True}
    status, answer = caller.call("PUT", f"/shows/{show.slug}/srt", wanted)
    assert (status, answer["code"]) == (422, "no-srt")
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, srt_ports=(9000, 9000))
    status, shown = caller.call("PUT", f"/shows/{show.slug}/srt", wanted)
    assert status == 200
    assert caller.call("PUT", f"/shows/{show.slug}/srt", wanted) == (200, shown)
    phrase = shown["srt"]["passphrase"]
    assert shown["srt"]["address"] == (
        f"srt://localhost:9000?mode=caller&latency=300000&pbkeylen=16&passphrase={phrase}"
    )
    [place] = srt_places()
    assert (place.port, place.key, place.passphrase) == (9000, shown["key"], phrase)
    other = make_show(brand)
    status, answer = caller.call("PUT", f"/shows/{other.slug}/srt", wanted)
    assert (status, answer["code"]) == (409, "srt-ports")
    services.start(show, producer)
    services.end(show, producer)
    assert srt_places() == []  # and its port is free for another show
    assert caller.call("PUT", f"/shows/{other.slug}/srt", wanted)[1]["srt"]["passphrase"] != phrase
    media.rotate_key(other.channel)
    [place] = srt_places()
    assert place.key == media.stream_key(other.channel)
    status, shown = caller.call("PUT", f"/shows/{other.slug}/srt", {"is_wanted": False})
    assert (status, shown["srt"], srt_places()) == (200, None, [])


def test_producer_chooses_the_source_and_leaves_it_to_the_server_again(
    show: Show, producer: User
) -> None:
    at = f"/shows/{show.slug}/source"
    assert Caller(user=producer).call("PUT", at, {"source": "third"})[0] == 422
    assert media.chosen_source(show.channel_id) is None
    for source in ("backup", None):
        assert Caller(user=producer).call("PUT", at, {"source": source})[0] == 204
        assert media.chosen_source(show.channel_id) == source
    services.source_switched(show.pk, SourceRole.BACKUP, "lost")
    entries = timeline.read(show.backstage_id, after=0, limit=10)
    assert [(one.kind, one.body) for one in entries] == [
        ("source.chosen", {"source": "backup"}),
        ("source.chosen", {"source": None}),
        ("source.switched", {"source": "backup", "reason": "lost"}),
    ]


def test_products_are_added_to_the_end_of_a_live_rundown(
    show: Show, brand: Brand, producer: User
) -> None:
    """A product of the rundown stays where it is; a viewer learns of the new one by its stock."""
    first, second = product_ids(show)
    services.start(show, producer)
    new = make_product(brand, "new").pk
    caller, address = Caller(user=producer), f"/shows/{show.slug}/rundown/items"

    status, rows = caller.call("POST", address, {"product_ids": [second, new]})

    assert (status, [row["product_id"] for row in rows]) == (200, [first, second, new])
    kinds = [entry.kind for entry in timeline.read(show.timeline_id, after=0)]
    assert kinds.count("stock.level") == 1
    assert caller.call("DELETE", f"{address}/{new}")[0] == 200
    assert product_ids(show) == [first, second]


def test_refused_change_of_a_rundown_leaves_it_as_it_was(
    show: Show, other_brand: Brand, producer: User
) -> None:
    """Products of another brand are not added; a product that was shown is not taken out."""
    first, second = product_ids(show)
    theirs = make_product(other_brand, "theirs").pk
    services.start(show, producer)
    services.highlight(show, [first], None, producer)
    caller, address = Caller(user=producer), f"/shows/{show.slug}/rundown/items"

    added = caller.call("POST", address, {"product_ids": [theirs]})
    removed = caller.call("DELETE", f"{address}/{first}")

    assert (added[0], added[1]["field"]) == (422, "product_ids")
    assert (removed[0], removed[1]["code"]) == (409, "was-shown")
    assert product_ids(show) == [first, second]
