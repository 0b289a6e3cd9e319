"""A brand's own words in mails: what may stand in them, where they appear, how they are tried."""

import pytest
from django.core import mail
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.outbox import kinds, wording
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import MailWording
from showfloor.outbox.wording import Wording

ADDRESS = "/admin/outbox/mailwording/"
FIELDS = {"kind": "order-confirmed", "language": "en", "headline": ""}


@pytest.fixture
def words(brand: Brand) -> MailWording:
    return MailWording.objects.create(
        brand=brand, kind="order-confirmed", language="en", subject="Hi {{ name }}, {{number}}!",
        text="Dear {{ name }},\n\nwe <b>pack</b> it {% now %} now: {{ total }}.",
    )  # fmt: skip


def test_unknown_names_and_tags_are_said() -> None:
    assert wording.problems("Hello {{ name }}", ("name", "brand")) == []
    assert wording.problems("{{ secret }}", ("name", "brand")) == [
        "There is no {{ secret }} here. Known: name, brand."
    ]
    for text in ("{% load x %}", "{{ name.email }}", "{{ name|safe }}", "{{"):
        assert wording.problems(text, ("name",)) == [
            "Only names in double braces are replaced, like {{ name }}."
        ], text


def test_values_are_replaced_once() -> None:
    values = {"name": "{{ number }}", "number": "M-1"}
    assert wording.fill("{{ name }} {{number}} {{ other }}", values) == (
        "{{ number }} M-1 {{ other }}"
    )


def test_empty_fields_keep_our_words(brand: Brand, words: MailWording) -> None:
    ours = Wording("subject", "headline")
    found = wording.worded(brand.pk, "order-confirmed", "en", ours, {"name": "Ana"})
    assert (found.subject, found.headline) == ("Hi Ana, {{number}}!", "headline")
    assert wording.worded(brand.pk, "order-confirmed", "de", ours, {}) == ours


def test_mail_has_the_brands_words_as_html_and_text(brand: Brand, words: MailWording) -> None:
    sample = kinds.registered()["order-confirmed"].sample
    assert sample is not None
    content = sample(brand, "en")
    assert content.subject == "Hi Anna Muster, ABCD-1234!"
    assert "Dear Anna Muster,\n\nwe <b>pack</b> it {% now %} now: €49.70." in content.text
    assert "<p>we &lt;b&gt;pack&lt;/b&gt; it {% now %} now: €49.70.</p>" in content.html
    assert "has received your payment" not in content.html + content.text
    assert "Crème" in content.html


def test_every_kind_with_names_has_a_sample_in_every_language(brand: Brand) -> None:
    found = [kind for kind in kinds.registered().values() if kind.names]
    assert len(found) >= 6
    for kind in found:
        assert kind.sample is not None
        for language in ("en", "de"):
            content = kind.sample(brand, language)
            assert "ABCD-1234" in content.text, kind.name
            assert f'lang="{language}"' in content.html, kind.name


def test_producer_previews_and_tries_a_mail(
    brand: Brand, producer: User, words: MailWording, client: Client
) -> None:
    client.force_login(producer)
    page = client.get(f"{ADDRESS}{words.pk}/preview/")
    assert "Hi Anna Muster, ABCD-1234!" in page.text
    frame = client.get(f"{ADDRESS}{words.pk}/frame/")
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert frame["Content-Security-Policy"].startswith("sandbox;")
    client.post(f"{ADDRESS}{words.pk}/test/")
    assert send_messages() == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["producer@example.test"], "Hi Anna Muster, ABCD-1234!")


def test_form_names_the_field_with_an_unknown_name(
    brand: Brand, producer: User, client: Client
) -> None:
    client.force_login(producer)
    wrong = {**FIELDS, "brand": brand.pk, "subject": "{{ secret }}", "text": "Hello"}
    page = client.post(f"{ADDRESS}add/", wrong)
    assert "There is no {{ secret }} here." in page.text
    assert not MailWording.objects.for_brand(brand).exists()
    client.post(f"{ADDRESS}add/", {**wrong, "subject": "Hi {{ name }}"})
    assert MailWording.objects.for_brand(brand).get().subject == "Hi {{ name }}"


def test_staff_of_another_brand_sees_no_words(
    stranger: User, words: MailWording, client: Client
) -> None:
    client.force_login(stranger)
    for part in ("preview", "frame", "test"):
        assert client.get(f"{ADDRESS}{words.pk}/{part}/").status_code in {302, 404}
    assert mail.outbox == []
