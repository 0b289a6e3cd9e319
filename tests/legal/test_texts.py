"""Legal texts: versions, pages, links, what is required, and the gate before a show is public."""

import pytest
from django.test import Client
from django.urls import reverse

from showfloor.accounts.models import Brand, Role, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.legal import queries, rules, services
from showfloor.legal.models import LegalOverride, LegalText, LegalVersion, SellerProfile
from showfloor.legal.rules import Text
from showfloor.legal.starters import starter
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.conftest import make_staff
from tests.support import law
from tests.support.shows import TOMORROW, Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def bare(db: None) -> Brand:
    """A brand without texts and without an override."""
    return Brand.objects.create(slug="bare", name="Bare")


@pytest.mark.parametrize(
    ("country", "seller", "wanted"),
    [
        ("", "consumers", "imprint terms privacy withdrawal shipping"),
        ("DE", "consumers", "imprint terms privacy withdrawal shipping"),
        ("DE", "businesses", "imprint terms privacy"),
        ("FR", "nobody", "imprint privacy"),
        ("US", "consumers", "terms privacy shipping"),
    ],
)
def test_country_and_kind_of_brand_decide_which_texts_are_required(
    country: str, seller: str, wanted: str
) -> None:
    assert rules.required(country, seller) == tuple(Text(kind) for kind in wanted.split())


def test_text_is_divided_into_headings_lists_and_paragraphs() -> None:
    body = "## Who\nA Ltd\nMain St\n\n- one\n- two\n\nEnd."
    assert [(one.kind, one.lines) for one in rules.blocks(body)] == [
        ("heading", ("Who",)), ("text", ("A Ltd", "Main St")), ("list", ("one", "two")),
        ("text", ("End.",)),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("kind", list(Text))
def test_template_says_that_it_is_no_legal_advice_and_cannot_be_published_as_it_is(
    kind: Text, language: str
) -> None:
    body = starter(kind, language, SellerProfile())
    assert "no legal advice" in body or "keine Rechtsberatung" in body
    with pytest.raises(Invalid) as refused:
        rules.check_publishable(body)
    assert (refused.value.code, refused.value.field) == ("gaps-left", "draft")


def test_published_version_never_changes(bare: Brand) -> None:
    first = law.publish(bare, Text.TERMS, "First.")
    second = law.publish(bare, Text.TERMS, "Second.")
    assert (first.number, second.number) == (1, 2)
    first.body = "Other."
    with pytest.raises(AssertionError):
        first.save()
    with pytest.raises(AssertionError):
        first.delete()
    assert LegalVersion.objects.for_brand(bare).get(number=1).body == "First."


def test_unchanged_draft_makes_no_version(bare: Brand) -> None:
    version = law.publish(bare, Text.TERMS, "Once.")
    with pytest.raises(Conflict, match="says already"):
        services.publish(version.text, None, utc_now())
    assert LegalVersion.objects.for_brand(bare).count() == 1


def test_text_is_read_in_the_visitors_language_and_links_stand_in_the_footer(
    bare: Brand, client: Client
) -> None:
    law.publish(bare, Text.TERMS, "## Rules\n\n<b>Sold</b> by https://bare.test/us", "en")
    law.publish(bare, Text.TERMS, "Verkauft von uns.", "de")
    address = reverse("legal-text", args=["bare", "terms"])
    page = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert "<h2>Rules</h2>" in page
    assert "&lt;b&gt;Sold&lt;/b&gt;" in page
    assert 'href="https://bare.test/us"' in page
    assert "Version 1, in force since" in page
    german = client.get(address, headers={"accept-language": "de"}).content.decode()
    assert "Verkauft von uns." in german
    footer = client.get("/brands/bare/").content.decode().partition("<footer")[2]
    assert f'href="{address}"' in footer
    assert client.get(reverse("legal-text", args=["bare", "imprint"])).status_code == 404


def test_earlier_version_says_so_and_leads_to_the_one_in_force(bare: Brand, client: Client) -> None:
    first = law.publish(bare, Text.TERMS, "First.")
    law.publish(bare, Text.TERMS, "Second.")
    page = client.get(queries.version_address(first.pk)).content.decode()
    assert "First." in page
    assert "This is an earlier version." in page
    assert reverse("legal-text", args=["bare", "terms"]) in page
    assert client.get(queries.version_address("01J00000000000000000000000")).status_code == 404


def test_show_is_not_public_while_a_required_text_is_missing(bare: Brand) -> None:
    with pytest.raises(Conflict) as refused:
        shows.create_show(bare, shows.ShowDraft(title="Evening", starts_at=TOMORROW))
    assert (refused.value.code, refused.value.field) == ("legal-texts-missing", "published")
    assert "Imprint, Terms of sale, Privacy, Right of withdrawal" in refused.value.message
    assert refused.value.more == {"missing": [str(kind) for kind in Text]}
    assert Show.objects.for_brand(bare).count() == 0


def test_unpublished_shows_and_rehearsals_need_no_texts(bare: Brand) -> None:
    owner = make_staff(bare, Role.OWNER, "owner@bare.test")
    for draft in (
        shows.ShowDraft(title="Quiet", starts_at=TOMORROW, published=False),
        shows.ShowDraft(title="Rehearsal", starts_at=TOMORROW, is_test=True),
    ):
        assert shows.start(shows.create_show(bare, draft), owner).state == "live"


def test_hidden_or_rehearsed_show_cannot_become_public_later(bare: Brand) -> None:
    quiet = shows.create_show(
        bare, shows.ShowDraft(title="Quiet", starts_at=TOMORROW, published=False)
    )
    rehearsal = shows.create_show(
        bare, shows.ShowDraft(title="Rehearsal", starts_at=TOMORROW, is_test=True)
    )
    draft = shows.create_show(bare, shows.ShowDraft(title="Draft"))
    for show, values in (
        (quiet, {"published": True}), (rehearsal, {"is_test": False}),
        (draft, {"starts_at": TOMORROW}),
    ):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            shows.update_show(show, shows.ShowChanges(values))
        assert refused.value.code == "legal-texts-missing"
    with pytest.raises(Conflict):
        shows.start(draft, make_staff(bare, Role.OWNER, "owner@bare.test"))
    states = Show.objects.for_brand(bare).values_list("title", "state", "published", "is_test")
    assert set(states) == {
        ("Quiet", "scheduled", False, False), ("Rehearsal", "scheduled", True, True),
        ("Draft", "draft", True, False),
    }  # fmt: skip


def test_texts_in_the_brands_language_open_the_gate(bare: Brand) -> None:
    for kind in Text:
        law.publish(bare, kind, language="de")
    assert queries.missing(bare) == tuple(Text)
    law.publish_all(bare)
    assert queries.missing(bare) == ()
    shows.create_show(bare, shows.ShowDraft(title="Evening", starts_at=TOMORROW))


def test_page_elsewhere_serves_as_imprint_but_not_as_terms(bare: Brand) -> None:
    """The version of the terms at the time of an order could not be told."""
    address = "https://bare.test/page"
    Brand.objects.update(imprint_url=address, terms_url=address, privacy_url=address)
    bare.refresh_from_db()
    assert queries.missing(bare) == (Text.TERMS, Text.WITHDRAWAL, Text.SHIPPING)


def test_console_says_in_words_what_is_missing(bare: Brand, client: Client) -> None:
    producer = make_staff(bare, Role.PRODUCER, "producer@bare.test")
    client.force_login(producer)
    page = client.post(
        "/console/shows/new",
        {"title": "Evening", "starts_at": "2030-03-01T18:30", "published": "on"},
    )
    assert "Missing: Imprint, Terms of sale" in page.content.decode()
    status, problem = Caller(user=producer).call(
        "POST", "/brands/bare/shows", {"title": "Evening", "starts_at": "2030-03-01T18:30:00Z"}
    )
    assert (status, problem["code"]) == (409, "legal-texts-missing")
    assert Show.objects.for_brand(bare).count() == 0


# --- the back office


@pytest.fixture
def owner(bare: Brand, client: Client) -> User:
    user = make_staff(bare, Role.OWNER, "owner@bare.test")
    client.force_login(user)
    return user


def test_owner_overrides_missing_texts_with_a_reason_and_it_is_logged(
    bare: Brand, owner: User, client: Client
) -> None:
    law.publish(bare, Text.IMPRINT)
    page = reverse("admin:legal_legaloverride_add")
    asked = client.get(page).content.decode()
    assert "without these texts from now on: Terms of sale, Privacy" in asked
    short = client.post(page, {"brand": bare.pk, "reason": "so"})
    assert "Give the reason" in short.content.decode()
    assert LegalOverride.objects.for_brand(bare).count() == 0
    client.post(page, {"brand": bare.pk, "reason": "Our lawyer is on it until Friday."})
    [row] = LegalOverride.objects.for_brand(bare)
    assert (row.by, row.reason) == (owner, "Our lawyer is on it until Friday.")
    assert row.missing == ["terms", "privacy", "withdrawal", "shipping"]
    shows.create_show(bare, shows.ShowDraft(title="Evening", starts_at=TOMORROW))
    log = client.get(reverse("admin:legal_legaloverride_changelist")).content.decode()
    assert "Our lawyer is on it until Friday." in log


def test_override_covers_no_text_that_went_missing_later(bare: Brand) -> None:
    SellerProfile.objects.create(brand=bare, country="US")
    row = services.overriding(bare, None, "For the first evening only.")
    row.save()
    services.check_public(bare)
    SellerProfile.objects.for_brand(bare).update(country="DE")
    with pytest.raises(Conflict):
        services.check_public(bare)


def test_producer_reads_texts_and_cannot_override(bare: Brand, client: Client) -> None:
    client.force_login(make_staff(bare, Role.PRODUCER, "producer@bare.test"))
    assert client.get(reverse("admin:legal_legaltext_changelist")).status_code == 200
    page = reverse("admin:legal_legaloverride_add")
    posted = client.post(page, {"brand": bare.pk, "reason": "I would like to go on."})
    assert posted.status_code == 403
    assert LegalOverride.objects.for_brand(bare).count() == 0


def test_owner_writes_previews_and_publishes(bare: Brand, owner: User, client: Client) -> None:
    add = reverse("admin:legal_legaltext_add")
    forms = {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    client.post(add, {"brand": bare.pk, "kind": "imprint", "language": "de", **forms})
    text = LegalText.objects.for_brand(bare).get()
    assert text.draft == starter(
        "imprint", "de", SellerProfile()
    )  # left empty, it begins with the template
    preview = reverse("legal-preview", args=["bare", text.pk])
    assert "Name und Rechtsform des Unternehmens" in client.get(preview).content.decode()
    change = reverse("admin:legal_legaltext_change", args=[text.pk])
    refused = client.post(change, {"draft": text.draft, "publish": "on", **forms})
    assert "Fill in the gaps of the template first" in refused.content.decode()
    assert LegalVersion.objects.for_brand(bare).count() == 0
    client.post(change, {"draft": "Bare GmbH, Kiel", "publish": "on", **forms})
    version = LegalVersion.objects.for_brand(bare).get()
    assert (version.number, version.body, version.published_by) == (1, "Bare GmbH, Kiel", owner)
    client.logout()
    assert client.get(preview).status_code == 302


def test_preview_is_for_the_brands_own_staff(bare: Brand, stranger: User, client: Client) -> None:
    text = law.publish(bare, Text.IMPRINT).text
    client.force_login(stranger)
    assert client.get(reverse("legal-preview", args=["bare", text.pk])).status_code == 404
