"""Notice-and-action, clause by clause: Regulation (EU) 2022/2065, Art. 11, 12, 15, 16, 17, 20."""

import csv
import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from showfloor.accounts.models import Brand, Member, User
from showfloor.accounts.tokens import Claims
from showfloor.catalogue.models import Product
from showfloor.community.chat.models import Message
from showfloor.community.models import ContentNotice, NoticeComplaint
from showfloor.community.notices import figures, links, retention, services
from showfloor.community.notices.models import ComplaintSide
from showfloor.community.notices.rules import Decision, named
from showfloor.community.polls import services as polls
from showfloor.community.polls.models import Poll
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.community.questions.models import Question
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.kernel.ids import new_id
from showfloor.legal.models import SellerProfile
from showfloor.outbox.jobs import send_messages
from showfloor.outbox.models import OutgoingMessage
from showfloor.privacy import erasure
from showfloor.shows.models import Show
from showfloor.site.views import notices as pages
from tests.community.interacting import asked
from tests.support.chat import post_message
from tests.support.shows import Caller

pytestmark = pytest.mark.django_db
WORDS = "Buy these fake pills from me"
TYPED = {
    "category": "fraud", "explanation": "These pills are no medicine, they are sugar.",
    "name": "Nora Muster", "email": "nora@example.test", "in_good_faith": "yes",
}  # fmt: skip
REMOVED = Decision("removed", "It offers a fake medicine.", "law", "AMG § 8")


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    pages._per_network.clear()
    pages._per_address.clear()


@pytest.fixture
def ana(brand: Brand) -> Claims:
    """A member, whose e-mail address is known."""
    user = User.objects.create_user("ana@example.test", first_name="Ana")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    row = Member.objects.create(brand=brand, user=user, display_name="Ana")
    return Claims(str(row.subject), brand.pk, "Ana")


@pytest.fixture
def message(show: Show, ana: Claims) -> Message:
    return post_message(show, ana, "c1", WORDS)


def address(show: Show, part: str = "") -> str:
    return f"/shows/{show.slug}" + (f"#{part}" if part else "")


def form(at: str) -> str:
    return f"/report?at={quote(at)}"


def send(client: Client, at: str, **more: str) -> Any:
    return client.post(form(at), {"location": at, **TYPED, **more})


def sent(client: Client, at: str, **more: str) -> ContentNotice:
    """The notice that a sent form became."""
    answer = send(client, at, **more)
    assert answer.status_code == 302, answer.content.decode()
    return links.read(answer["Location"].removeprefix("/notice/"), ComplaintSide.NOTIFIER)


def mails() -> list[tuple[str, str, str]]:
    """Send what waits; return recipient, subject and text of all mails."""
    send_messages()
    return [(one.to[0], str(one.subject), str(one.body)) for one in mail.outbox]


def decided(notice: ContentNotice, by: User, decision: Decision = REMOVED) -> ContentNotice:
    return services.decide(notice, decision, by)


# --- Art. 16: the notice


def test_everybody_reports_a_message_without_account_and_gets_a_receipt_at_once(
    show: Show, message: Message, client: Client
) -> None:
    """Art. 16(1), (2), (4)."""
    at = address(show, f"message-{message.pk}")
    assert f'value="{at}"' in client.get(form(at)).content.decode()
    found = sent(client, at)
    assert (found.kind, found.target, found.show_id) == ("message", message.pk, show.pk)
    assert (found.content, found.author, found.state) == (WORDS, message.author, "open")
    assert (found.due_at - found.submitted_at) == timedelta(days=3)
    [(to, subject, text)] = mails()
    assert (to, subject) == ("nora@example.test", "We have received your notice")
    assert "Reason: Fraud or deception" in text
    assert links.path_of(found, ComplaintSide.NOTIFIER) in text
    assert not [typed for typed in (at, TYPED["explanation"], TYPED["name"]) if typed in text]
    message.refresh_from_db()
    assert message.deleted_at is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"location": " "}, "location"), ({"location": "http://[x"}, "location"),
        ({"category": "taste"}, "category"), ({"explanation": "Bad!"}, "explanation"),
        ({"explanation": "x" * 4001}, "explanation"), ({"name": ""}, "name"),
        ({"email": ""}, "email"), ({"email": "nora@"}, "email"),
        ({"in_good_faith": ""}, "in_good_faith"),
    ],
)  # fmt: skip
def test_missing_part_of_a_notice_is_named_and_nothing_is_kept(
    show: Show, client: Client, more: dict[str, str], field: str
) -> None:
    """Art. 16(2)(a) to (d)."""
    answer = send(client, address(show), **more)
    assert answer.status_code == 422
    assert answer.context["error"].field == field
    assert re.search(rf'name="{field}"[^>]*aria-invalid="true"', answer.content.decode())
    assert ContentNotice.objects.all_brands().count() == 0
    assert OutgoingMessage.objects.all_brands().count() == 0


def test_name_and_address_are_not_needed_where_children_are_abused(
    show: Show, client: Client
) -> None:
    """Art. 16(2)(c); the decision is due within a day (Art. 18)."""
    found = sent(client, address(show), category="child_abuse", name="", email="")
    assert (found.name, found.email) == ("", "")
    assert (found.due_at - found.submitted_at) == timedelta(days=1)
    assert mails() == []
    page = client.get(links.path_of(found, ComplaintSide.NOTIFIER)).content.decode()
    assert "Keep the address of this page" in page


def test_same_form_sent_twice_is_one_notice_and_a_foreign_key_opens_nothing(
    show: Show, client: Client
) -> None:
    key = re.search(r'name="key" value="([^"]+)"', client.get(form(address(show))).content.decode())
    assert key is not None
    first = sent(client, address(show), key=key[1])
    assert sent(client, address(show), key=key[1]).pk == first.pk
    assert sent(client, address(show), key=first.pk).pk != first.pk
    assert client.get(f"/notice/{first.pk}").status_code == 404
    signed = links.path_of(first, ComplaintSide.NOTIFIER).rpartition("/")[2]
    assert client.get(f"/statement/{signed}").status_code == 404


def test_nul_in_a_notice_reaches_no_query_and_no_row(
    brand: Brand, show: Show, client: Client
) -> None:
    """PostgreSQL refuses it, which would be an answer of 500."""
    at = f"/brands/{brand.slug}/products/%00"
    assert named(at).kind == "other"
    found = sent(client, at, name="No\0ra")
    assert (found.kind, found.name) == ("other", "Nora")


def test_notices_of_one_network_are_bounded(show: Show, client: Client) -> None:
    for number in range(20):
        sent(client, address(show), email=f"n{number}@example.test")
    refused = send(client, address(show), email="n21@example.test")
    assert refused.status_code == 429
    assert ContentNotice.objects.all_brands().count() == 20


def test_address_that_names_no_public_content_is_taken_and_tells_nothing(
    show: Show, other_brand: Brand, client: Client
) -> None:
    Show.objects.all_brands().update(published=False)
    url = f"/brands/{show.brand.slug}/report"
    answer = client.post(url, {"location": f"{address(show)}#message-{new_id()}", **TYPED})
    assert answer.status_code == 302
    found = ContentNotice.objects.for_brand(show.brand).get()
    assert (found.kind, found.content, found.show_id) == ("other", "", None)
    assert ContentNotice.objects.for_brand(other_brand).count() == 0


def test_form_stands_at_the_content_and_names_the_point_of_contact(
    show: Show, brand: Brand, client: Client
) -> None:
    """Art. 11, 12 and 16(1): easy to reach, by electronic means alone."""
    SellerProfile.objects.create(brand=brand, email="contact@maison.test")
    page = client.get(address(show)).content.decode()
    assert f'href="/brands/{brand.slug}/report?at=/shows/{show.slug}"' in page
    assert (
        f'href="/brands/{brand.slug}/report"'
        in client.get(f"/brands/{brand.slug}/").content.decode()
    )
    assert "contact@maison.test" in client.get(form(address(show))).content.decode()
    sent(client, address(show))
    [(_to, subject, text)] = [one for one in mails() if one[0] == "contact@maison.test"]
    assert subject == "Somebody reports illegal content (Fraud or deception)"
    assert "nora" not in text.lower()


# --- Art. 16(5), (6) and 17: the decision and its reasons


def test_decision_removes_the_message_and_both_sides_hear_the_reasons(
    show: Show, message: Message, client: Client, moderator: User
) -> None:
    """Art. 16(5), 17(1) to (3)."""
    notice = decided(sent(client, address(show, f"message-{message.pk}")), moderator)
    message.refresh_from_db()
    assert message.deleted_at is not None
    assert (notice.state, notice.decided_by_id) == ("removed", moderator.pk)
    texts = {to: (subject, text) for to, subject, text in mails()[1:]}
    subject, told = texts["nora@example.test"]
    assert subject == "Decision about your notice"
    subject, reasons = texts["ana@example.test"]
    assert subject == "Statement of reasons"
    for text in (told, reasons):
        for part in (
            "The message was deleted.", "It is illegal: AMG § 8", "It offers a fake medicine.",
            "a person has judged and decided it", "Art. 21", "You can go to court.",
        ):  # fmt: skip
            assert part in text, part
    assert WORDS in reasons
    assert "Nora" not in reasons
    lines = AuditEntry.objects.for_brand(show.brand).filter(action="message.deleted")
    assert [line.target for line in lines] == [message.pk]


def test_author_finds_the_statement_on_their_own_page_also_without_account(
    show: Show, client: Client, moderator: User
) -> None:
    """Art. 17(2): a guest has no address to write to."""
    token = client.post(
        "/api/v1/viewer-token", {"brand": show.brand.slug}, content_type="application/json"
    ).json()
    gus = Claims(token["viewer"]["id"], show.brand_id, "Gus")
    said = post_message(show, gus, "c1", WORDS)
    notice = decided(sent(Client(), address(show, f"message-{said.pk}")), moderator)
    own, url = f"/brands/{show.brand.slug}/decisions", links.path_of(notice, ComplaintSide.AUTHOR)
    assert url in client.get(own).content.decode()
    assert url not in Client().get(own).content.decode()
    page = client.get(url).content.decode()
    assert "It offers a fake medicine." in page
    assert "nora" not in page.lower()
    assert [to for to, _subject, _text in mails()] == ["nora@example.test"] * 2


@pytest.mark.parametrize("kind", ["question", "poll", "show", "product"])
def test_each_kind_of_content_is_found_and_taken_down(
    show: Show, brand: Brand, ana: Claims, client: Client, moderator: User, kind: str
) -> None:
    Show.objects.for_brand(brand).update(state="live", started_at=utc_now() - timedelta(hours=1))
    show.refresh_from_db()
    product = Product.objects.for_brand(brand).earliest("pk")
    if kind == "question":
        at = f"question-{asked(show, ana, 'Do the pills help?').pk}"
    elif kind == "poll":
        poll = polls.create(show, PollDraft("Pills?", (OptionDraft("Yes"), OptionDraft("No"))))
        polls.open_poll(show, poll.pk, None, None, moderator)
        at = f"poll-{poll.pk}"
    else:
        at = f"product-{product.pk}" if kind == "product" else ""
    notice = sent(client, address(show, at))
    assert notice.kind == kind
    assert notice.content != ""
    decided(notice, moderator)
    gone = {
        "question": Question.objects.for_brand(brand).filter(state="removed").exists(),
        "poll": Poll.objects.for_brand(brand).filter(state="withdrawn").exists(),
        "show": client.get(address(show)).status_code == 404,
        "product": Product.objects.for_brand(brand).filter(pk=product.pk, published=False).exists(),
    }
    assert gone == {name: name == kind for name in gone}


def test_illegal_product_that_a_feed_hid_meanwhile_is_not_brought_back_by_the_feed(
    show: Show, brand: Brand, client: Client, moderator: User
) -> None:
    product = Product.objects.for_brand(brand).earliest("pk")
    found = sent(client, address(show, f"product-{product.pk}"))
    assert found.kind == "product"
    Product.objects.for_brand(brand).update(published=False, missing_since=utc_now())
    decided(found, moderator)
    product.refresh_from_db()
    assert (product.published, product.missing_since) == (False, None)


def test_lawful_content_stays_and_its_author_is_not_bothered(
    show: Show, message: Message, client: Client, moderator: User
) -> None:
    notice = sent(client, address(show, f"message-{message.pk}"))
    decided(notice, moderator, Decision("lawful", "An opinion, and no offer."))
    message.refresh_from_db()
    assert message.deleted_at is None
    assert [(to, subject) for to, subject, _text in mails()] == [
        ("nora@example.test", "We have received your notice"),
        ("nora@example.test", "Decision about your notice"),
    ]


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision("open", "Reason"), "state"), (Decision("lawful", " "), "reason"),
        (Decision("removed", "Reason"), "ground"),
        (Decision("removed", "Reason", "law"), "clause"),
        (Decision("restricted", "Reason", "terms", "4.1"), "measure"),
    ],
)  # fmt: skip
def test_decision_without_a_part_of_its_reasons_is_refused(
    show: Show, message: Message, client: Client, moderator: User, decision: Decision, field: str
) -> None:
    """Art. 17(3)."""
    notice = sent(client, address(show, f"message-{message.pk}"))
    with pytest.raises(Invalid) as refused:
        decided(notice, moderator, decision)
    assert refused.value.field == field
    message.refresh_from_db()
    notice.refresh_from_db()
    assert (message.deleted_at, notice.state) == (None, "open")


def test_notice_is_decided_once(show: Show, client: Client, moderator: User) -> None:
    notice = decided(sent(client, address(show)), moderator, Decision("lawful", "A good show."))
    with pytest.raises(Conflict):
        decided(notice, moderator)
    assert client.get(address(show)).status_code == 200


# --- Art. 20: complaints


def test_both_sides_complain_once_and_a_person_answers_with_reasons(
    show: Show, message: Message, client: Client, moderator: User, producer: User
) -> None:
    """Art. 20(1), (3) to (6)."""
    notice = decided(sent(client, address(show, f"message-{message.pk}")), moderator)
    for side in ComplaintSide:
        url = links.path_of(notice, side)
        assert 'data-testid="complaint-form"' in client.get(url).content.decode()
        assert client.post(url, {"text": "short"}).status_code == 422
        for _again in range(2):
            answer = client.post(url, {"text": f"This is wrong, says the {side}."})
            assert answer.status_code == 302
    made = NoticeComplaint.objects.for_brand(show.brand).order_by("side")
    assert [(one.side, one.email) for one in made] == [
        ("author", "ana@example.test"), ("notifier", "nora@example.test"),
    ]  # fmt: skip
    services.answer(made[0], grant=True, text="You are right: it was a joke.", by=producer)
    with pytest.raises(Conflict):
        services.answer(made[0], grant=False, text="No.", by=producer)
    told = [(to, subject) for to, subject, _text in mails()]
    assert told.count(("ana@example.test", "We have received your complaint")) == 1
    assert told.count(("ana@example.test", "Decision about your complaint")) == 1
    page = client.get(links.path_of(notice, ComplaintSide.AUTHOR)).content.decode()
    assert "You are right: it was a joke." in page


def test_complaint_is_possible_for_six_months_after_a_decision_and_not_before(
    show: Show, message: Message, client: Client, moderator: User
) -> None:
    """Art. 20(1), (2)."""
    notice = sent(client, address(show, f"message-{message.pk}"))
    url = links.path_of(notice, ComplaintSide.NOTIFIER)
    typed = {"text": "You should have removed it."}
    assert client.post(url, typed).status_code == 409
    decided(notice, moderator, Decision("lawful", "An opinion."))
    author = links.path_of(notice, ComplaintSide.AUTHOR)
    assert client.post(author, typed).status_code == 409  # nothing was done to them
    rows = ContentNotice.objects.for_brand(show.brand)
    rows.update(decided_at=utc_now() - timedelta(days=185))
    assert client.post(url, typed).status_code == 409
    assert NoticeComplaint.objects.for_brand(show.brand).count() == 0
    rows.update(decided_at=utc_now() - timedelta(days=180))
    assert client.post(url, typed).status_code == 302


# --- staff


def test_moderator_decides_in_the_back_office_and_sees_what_waits_in_the_console(
    show: Show, message: Message, client: Client, moderator: User, stranger: User
) -> None:
    notice = sent(client, address(show, f"message-{message.pk}"))
    status, report = Caller(user=moderator).call("GET", f"/shows/{show.slug}/console")
    assert status == 200
    assert report["notices"]["count"] == 1
    page = f"/admin/community/contentnotice/{notice.pk}/change/"
    desk, away = Client(), Client()
    desk.force_login(moderator)
    away.force_login(stranger)
    assert away.get(page).status_code in {302, 404}
    assert WORDS in desk.get(page).content.decode()
    names = {"outcome", "chosen_ground", "chosen_clause", "chosen_measure", "chosen_reason"}
    assert names <= set(re.findall(r'name="(\w+)"', desk.get(page).content.decode()))
    typed = {"outcome": "removed", "chosen_ground": "law", "chosen_reason": "A fake medicine."}
    assert "Name the law or the clause" in desk.post(page, typed).content.decode()
    notice.refresh_from_db()
    assert notice.state == "open"
    assert desk.post(page, {**typed, "chosen_clause": "AMG § 8"}).status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.decided_by_id) == ("removed", moderator.pk)


def test_counters_of_a_year_are_a_table_for_the_transparency_report(
    show: Show, message: Message, client: Client, moderator: User, producer: User
) -> None:
    """Art. 15(1)(b), (d), 16, 20."""
    notice = decided(sent(client, address(show, f"message-{message.pk}")), moderator)
    sent(client, address(show), category="hate")
    services.complain(notice, ComplaintSide.AUTHOR, "It was a joke, really.", "", utc_now())
    year = utc_now().year
    url = f"/api/v1/brands/{show.brand.slug}/notices/{year}.csv"
    desk = Client()
    desk.force_login(producer)
    rows = list(csv.reader(io.StringIO(desk.get(url).content.decode("utf-8-sig"))))
    assert rows[0] == [
        "Category",
        "To be decided",
        "Removed",
        "Restricted",
        "Not illegal, stays",
        "Sum",
    ]
    assert ["Fraud or deception", "0", "1", "0", "0", "1"] in rows
    assert ["Hate or insult", "1", "0", "0", "0", "1"] in rows
    assert ["It is illegal", "1"] in rows
    assert ["Decided by automated means alone", "0"] in rows
    assert ["Complaints: To be decided", "1"] in rows
    assert Client().get(url).status_code == 401
    assert figures.of_year(show.brand, year - 1)[4][-1] == 0


# --- privacy


def test_erased_author_and_notifier_are_in_no_notice_and_the_reasons_stay(
    show: Show, brand: Brand, message: Message, ana: Claims, client: Client, moderator: User
) -> None:
    notice = decided(sent(client, address(show, f"message-{message.pk}")), moderator)
    also = sent(client, address(show), name="Ana", email="ana@example.test")
    erasure.erase(brand, ana.sub, None)
    for row in (notice, also):
        row.refresh_from_db()
    assert (notice.content, notice.author_name, notice.reason) == ("", "", REMOVED.reason)
    assert (also.name, also.email) == ("", "")
    assert (notice.name, notice.email) == ("Nora Muster", "nora@example.test")


def test_decided_notices_are_forgotten_after_their_time_but_none_that_waits(
    show: Show, client: Client, moderator: User
) -> None:
    lawful = Decision("lawful", "A good show.")
    old, waits, disputed = (sent(client, address(show), email=f"n{n}@x.test") for n in range(3))
    decided(old, moderator, lawful)
    services.complain(
        decided(disputed, moderator, lawful), ComplaintSide.NOTIFIER, "It is not good.", "",
        utc_now(),
    )  # fmt: skip
    keep, _own = retention.KEPT
    assert keep.forget(utc_now() + timedelta(seconds=1), 100) == 1
    left = ContentNotice.objects.for_brand(show.brand).values_list("pk", flat=True)
    assert set(left) == {waits.pk, disputed.pk}
