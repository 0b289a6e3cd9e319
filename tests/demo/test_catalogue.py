"""The catalogues of the demo's houses are complete, believable and ready to sell."""

from pathlib import Path

import pytest
from PIL import Image

from showfloor_demo import catalogue, houses, pictures, video
from showfloor_demo.chat import casts
from showfloor_demo.chat.replays import REPLAYS
from showfloor_demo.direction import Plan, ShowProduct, cues
from showfloor_demo.films import FILMS
from showfloor_demo.house import DemoVariant, House
from showfloor_demo.material import Material

ALL = [pytest.param(house, id=house.brand.slug) for house in houses.HOUSES]
EVERYWHERE = [item for house in houses.HOUSES for item in house.products]


def variants(house: House) -> list[DemoVariant]:
    return [variant for item in house.products for variant in item.variants]


def test_first_house_has_a_shop_full_of_products() -> None:
    assert len(catalogue.PRODUCTS) >= 12
    assert {item.category for item in catalogue.PRODUCTS} == set(catalogue.CATEGORIES)


def test_references_and_skus_are_unique() -> None:
    references = [item.reference for item in EVERYWHERE]
    skus = [variant.sku for item in EVERYWHERE for variant in item.variants]
    assert len(set(references)) == len(references)
    assert len(set(skus)) == len(skus)


def test_each_variant_names_each_option_and_both_prices() -> None:
    for item in EVERYWHERE:
        for variant in item.variants:
            assert tuple(variant.options) == item.option_names
            assert set(variant.prices) == set(catalogue.CURRENCIES)
            for currency, was in variant.compare_at.items():
                assert was > variant.prices[currency]


def test_options_tell_the_variants_of_a_product_apart() -> None:
    for item in EVERYWHERE:
        chosen = [tuple(variant.options.values()) for variant in item.variants]
        assert len(set(chosen)) == len(chosen)


def test_stock_of_the_first_house_is_scarce_in_places() -> None:
    levels = [variant.stock for variant in variants(houses.HOUSES[0])]
    assert [levels.count(level) for level in (0, 1, 3)] == [1, 1, 1]


@pytest.mark.parametrize("house", ALL)
def test_shows_name_hosts_and_products_that_exist(house: House) -> None:
    hosts = {host.name for host in house.hosts}
    for show in house.shows:
        assert set(show.hosts) <= hosts
        for reference in show.products:
            assert house.product(reference).reference == reference
    assert [show.is_live for show in house.shows].count(True) == 1


def test_first_house_has_two_replays_and_three_announced_shows() -> None:
    shows = houses.HOUSES[0].shows
    assert [show.is_replay for show in shows].count(True) == 2
    assert [show.starts_in_min > 0 for show in shows].count(True) == 3


def test_every_picture_that_is_named_is_drawn() -> None:
    named: set[str] = set()
    for house in houses.HOUSES:
        named |= {item.picture for item in house.products}
        named |= {variant.picture for variant in variants(house) if variant.picture}
        named |= {show.cover for show in house.shows}
        named |= {host.picture for host in house.hosts}
        named |= {house.brand.mark, house.brand.icon, house.brand.hero}
    assert named == set(pictures.jobs())


def test_a_still_has_light_shadow_and_colour() -> None:
    still = pictures.still("AUB-101")
    assert still.size == (pictures.STILL_PX, pictures.STILL_PX)
    grey = still.convert("L").resize((64, 64), Image.Resampling.BOX)
    darkest, lightest = grey.getextrema()
    assert isinstance(darkest, int)
    assert isinstance(lightest, int)
    assert darkest < 60
    assert lightest > 200
    assert len(still.resize((64, 64)).getcolors(4096) or []) > 500


@pytest.mark.parametrize("house", ALL)
def test_film_of_the_live_show_has_its_products_in_the_order_of_the_rundown(house: House) -> None:
    film = FILMS[house.live.film]
    orders = [cue.order for cue in cues(film, Plan((), ()), loop=0)]
    shown = [order.reference for order in orders if isinstance(order, ShowProduct)]
    assert shown == list(house.live.products)


@pytest.mark.parametrize("house", ALL)
def test_film_of_a_live_show_loops_on_whole_frames_of_picture_and_sound(house: House) -> None:
    film = FILMS[house.live.film]
    assert (film.long_s * film.fps).is_integer()
    assert (film.long_s * 48_000 / 1024).is_integer()  # an AAC frame has 1024 samples


def test_material_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for name in pictures.jobs():
        (tmp_path / "pictures" / name).write_bytes(b"as it was")
    pictures.finish(tmp_path / "pictures")
    (tmp_path / "films").mkdir()
    for name in FILMS:
        made = tmp_path / "films" / f"{name}.mp4"
        made.write_bytes(b"as it was")
        made.with_suffix(".made").write_text(video.source_state())
    said: list[str] = []
    with Material(tmp_path, said.append) as material:
        drawn = material.wait_for_pictures()
        paths = [*(drawn / name for name in pictures.jobs()), *map(material.film, FILMS)]
    assert {path.read_bytes() for path in paths} == {b"as it was"}
    assert said == []
    assert len(list((tmp_path / "films").iterdir())) == 2 * len(FILMS)


@pytest.mark.parametrize("house", ALL)
def test_audience_has_lines_for_each_product_that_is_shown(house: House) -> None:
    script = casts.SCRIPTS[house.live.slug]
    assert set(house.live.products) <= set(script.lines)
    assert set(script.questions) <= {"", *house.live.products}
    said = [line for lines in script.lines.values() for line in lines]
    assert len(set(said)) == len(said)
    assert all(len(line) <= 200 for line in said)
    assert len({persona.name for persona in script.personas}) == len(script.personas)


def test_audience_of_the_first_show_has_several_hundred_lines() -> None:
    lines = casts.SCRIPTS[houses.HOUSES[0].live.slug].lines
    assert sum(map(len, lines.values())) >= 250


def test_replays_sell_and_talk_about_what_they_show() -> None:
    for house in houses.HOUSES:
        for show in house.replays:
            script = REPLAYS[show.slug]
            assert set(script.lines) == set(show.products)
            assert script.welcome
            assert script.farewell
            for reference, sales in script.sales.items():
                skus = {variant.sku for variant in house.product(reference).variants}
                assert {sku for _who, sku in sales} <= skus
            assert {told.reference for told in script.questions} <= set(show.products)
