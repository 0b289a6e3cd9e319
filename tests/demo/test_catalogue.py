"""The demo's catalogue is complete, believable and ready to sell."""

from pathlib import Path

from PIL import Image

from showfloor_demo import catalogue, film, pictures, video

VARIANTS = [variant for item in catalogue.PRODUCTS for variant in item.variants]


def test_there_is_a_shop_full_of_products() -> None:
    assert len(catalogue.PRODUCTS) >= 12
    assert {item.category for item in catalogue.PRODUCTS} == set(catalogue.CATEGORIES)


def test_references_and_skus_are_unique() -> None:
    references = [item.reference for item in catalogue.PRODUCTS]
    skus = [variant.sku for variant in VARIANTS]
    assert len(set(references)) == len(references)
    assert len(set(skus)) == len(skus)


def test_each_variant_names_each_option_and_both_prices() -> None:
    for item in catalogue.PRODUCTS:
        for variant in item.variants:
            assert tuple(variant.options) == item.option_names
            assert set(variant.prices) == set(catalogue.CURRENCIES)
            for currency, was in variant.compare_at.items():
                assert was > variant.prices[currency]


def test_options_tell_the_variants_of_a_product_apart() -> None:
    for item in catalogue.PRODUCTS:
        chosen = [tuple(variant.options.values()) for variant in item.variants]
        assert len(set(chosen)) == len(chosen)


def test_there_is_scarce_stock_to_show() -> None:
    levels = [variant.stock for variant in VARIANTS]
    assert [levels.count(level) for level in (0, 1, 3)] == [1, 1, 1]


def test_shows_name_hosts_and_products_that_exist() -> None:
    hosts = {host.name for host in catalogue.HOSTS}
    for show in catalogue.SHOWS:
        assert set(show.hosts) <= hosts
        for reference in show.products:
            assert catalogue.product(reference).reference == reference
    assert [show.starts_in_min for show in catalogue.SHOWS].count(0) == 1


def test_every_picture_that_is_named_is_drawn() -> None:
    named = {item.picture for item in catalogue.PRODUCTS}
    named |= {variant.picture for variant in VARIANTS if variant.picture}
    named |= {show.cover for show in catalogue.SHOWS}
    named |= {show.cover_portrait for show in catalogue.SHOWS}
    named |= {host.picture for host in catalogue.HOSTS} | {catalogue.BRAND.mark}
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


def test_the_video_shows_the_live_show_s_products_in_its_order() -> None:
    live = next(show for show in catalogue.SHOWS if not show.starts_in_min)
    assert [cue.reference for cue in film.cues()] == list(live.products)


def test_the_video_loops_on_whole_frames_of_picture_and_sound() -> None:
    assert (film.LONG_S * film.FPS).is_integer()
    assert (film.LONG_S * 48_000 / 1024).is_integer()  # an AAC frame has 1024 samples


def test_a_video_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    made = tmp_path / "demo.mp4"
    made.write_bytes(b"as it was")
    made.with_suffix(".made").write_text(video.source_state())
    video.make(made)
    assert made.read_bytes() == b"as it was"
