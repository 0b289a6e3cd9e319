"""The look that a brand chooses: colours, font, pictures, and the preview beside its form."""

import re
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from showfloor.accounts.display_fonts import DisplayFont
from showfloor.accounts.models import Brand, Role
from tests.conftest import make_staff
from tests.support.forms import fields
from tests.support.people import sign_in_confirmed


def picture(width: int, height: int) -> ContentFile:  # type: ignore[type-arg]
    out = BytesIO()
    Image.new("RGB", (width, height), (140, 47, 57)).save(out, "PNG")
    return ContentFile(out.getvalue(), name="mark.png")


def tab_icon(client: Client, brand: Brand) -> tuple[str, tuple[int, int] | None]:
    """The type of the tab's picture, and its size where it is a picture of pixels."""
    response = client.get(reverse("brand-tab-icon", args=[brand.slug]))
    kind = response["Content-Type"]
    return kind, Image.open(BytesIO(response.content)).size if kind == "image/png" else None


def test_sheet_has_the_exact_accent_and_the_chosen_font(brand: Brand, client: Client) -> None:
    Brand.objects.filter(pk=brand.pk).update(accent="#ffd400", display_font=DisplayFont.GEOMETRIC)
    css = client.get(f"/brand/{brand.slug}.css").content.decode()
    assert css.count("--sf-accent: #ffd400;") == 2  # light and dark
    assert "--sf-font-display: 'Jost'" in css


def test_square_logo_is_the_picture_of_the_tab(brand: Brand, client: Client) -> None:
    brand.logo.save("mark.png", picture(300, 280))
    assert tab_icon(client, brand) == ("image/png", (64, 64))


def test_wide_logo_leaves_the_tab_to_the_initial(brand: Brand, client: Client) -> None:
    brand.logo.save("mark.png", picture(600, 120))
    assert tab_icon(client, brand) == ("image/svg+xml", None)


def test_icon_wins_over_the_logo(brand: Brand, client: Client) -> None:
    brand.logo.save("mark.png", picture(600, 120))
    brand.icon.save("mark.png", picture(32, 32))
    assert tab_icon(client, brand) == ("image/png", (64, 64))


def test_programme_says_the_name_once_and_links_the_legal_texts(
    brand: Brand, client: Client
) -> None:
    Brand.objects.filter(pk=brand.pk).update(
        tagline="Colour for the evening", imprint_url="https://example.test/imprint"
    )
    page = client.get(reverse("brand-programme", args=[brand.slug])).content.decode()
    body = re.sub(r"<script.*?</script>", "", page.partition("<body")[2], flags=re.DOTALL)
    texts = re.findall(r">\s*([^<]*?)\s*<", body)
    assert texts.count(brand.name) == 1
    assert '<h1 class="sf-hero__title">Colour for the evening</h1>' in body
    assert 'href="https://example.test/imprint"' in body.partition("<footer")[2]


def test_name_stands_beside_a_mark_and_within_a_wide_logo(brand: Brand, client: Client) -> None:
    address = reverse("brand-programme", args=[brand.slug])
    brand.logo.save("mark.png", picture(64, 64))
    assert f'alt="">{brand.name}' in client.get(address).content.decode()
    brand.logo.save("wide.png", picture(640, 64))
    assert f'alt="{brand.name}">' in client.get(address).content.decode()


@pytest.fixture
def owner(brand: Brand, client: Client) -> Client:
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    return client


def test_preview_shows_what_is_typed_and_saves_nothing(brand: Brand, owner: Client) -> None:
    address = reverse("admin:accounts_brand_preview", args=[brand.pk])
    page = owner.get(
        address, {"accent": "#123456", "tagline": "New words", "display_font": "fine-serif"}
    ).content.decode()
    assert "--sf-accent: #123456;" in page
    assert "'Playfair Display'" in page
    assert "New words" in page
    assert Brand.objects.get(pk=brand.pk).accent == brand.accent
    places = re.findall('<img class="sf-[a-z_-]+" (.*?)>', page)
    assert [" hidden" in f" {place}" for place in places] == [True, True]  # none is chosen yet


def test_language_is_one_that_the_pages_speak(brand: Brand, owner: Client) -> None:
    address = reverse("admin:accounts_brand_change", args=[brand.pk])
    form = fields(owner.get(address))
    assert '<option value="de">' in owner.get(address).content.decode()
    refused = owner.post(address, form | {"language": "Deutsch"}).context["adminform"].form.errors
    assert refused["language"] == ["Showfloor does not speak this language."]
    assert owner.post(address, form | {"language": "de"}).status_code == 302
    assert Brand.objects.get(pk=brand.pk).language == "de"


def test_preview_takes_no_style_from_its_address(brand: Brand, owner: Client) -> None:
    address = reverse("admin:accounts_brand_preview", args=[brand.pk])
    page = owner.get(address, {"accent": "red;}</style>", "display_font": "x</style>"})
    assert f"--sf-accent: {brand.accent};" in page.content.decode()
    assert page.content.decode().count("</style>") == 1


def test_preview_is_for_the_owners_alone(brand: Brand, other_brand: Brand, client: Client) -> None:
    sign_in_confirmed(client, make_staff(brand, Role.PRODUCER, "producer@example.test"))
    assert client.get(reverse("admin:accounts_brand_preview", args=[brand.pk])).status_code == 404
    sign_in_confirmed(client, make_staff(brand, Role.OWNER, "owner@example.test"))
    other = reverse("admin:accounts_brand_preview", args=[other_brand.pk])
    assert client.get(other).status_code == 404
