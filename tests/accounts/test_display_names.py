"""Display names: what is taken as it is, what is refused and why."""

import pytest

from showfloor.accounts import display_names
from showfloor.accounts.display_names import clean_display_name
from showfloor.accounts.models import Brand, User
from showfloor.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Zoë", "Zoë"),
        ("  Anna \t Lena ", "Anna Lena"),
        ("e\u0301va", "éva"),
        ("王小明", "王小明"),
        ("محمد", "محمد"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("x" * 30, "x" * 30),
    ],
)
def test_names_of_the_world_are_taken(brand: Brand, given: str, shown: str) -> None:
    assert clean_display_name(given, brand) == shown


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "name-length"),
        ("   ", "name-length"),
        ("x" * 31, "name-length"),
        ("An\u202ena", "name-hidden"),  # right-to-left override
        ("An\u0000na", "name-hidden"),
        ("\u200b", "name-hidden"),
        ("\u3164", "name-hidden"),  # Hangul filler: a letter that draws nothing
        ("\u200d", "name-hidden"),
        ("Z\u0301\u0302\u0303\u0304algo", "name-hidden"),
        ("admin", "name-reserved"),
        ("M0derat0r", "name-reserved"),
        ("MAISON  TEST", "name-reserved"),
        ("Mаison Tеst", "name-reserved"),  # Cyrillic а and е
        ("Ｍaison Test", "name-reserved"),  # full width
        ("maison-test.official", "name-reserved"),
    ],
)
def test_names_that_mislead_are_refused(brand: Brand, given: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_display_name(given, brand)
    assert (refused.value.code, refused.value.field) == (code, "name")


def test_names_of_staff_and_of_other_rooms_are_kept(
    brand: Brand, other_brand: Brand, producer: User
) -> None:
    producer.first_name, producer.last_name = "Mara", "Lind"
    producer.save()
    hosts = {brand.pk: ["Ines Duval"]}

    def source(brand_id: str) -> list[str]:
        return hosts.get(brand_id, [])

    take_back = display_names.reserve(source)
    try:
        for taken in ("mara lind", "INÉS DUVAL"):
            with pytest.raises(Invalid):
                clean_display_name(taken, brand)
            assert clean_display_name(taken, other_brand) == taken
    finally:
        take_back()
