"""Staff and guests of a show that is on, as journeys of the console's column need them: who they
are, what guests say by the API, and what staff press."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from showfloor.kernel.ids import new_id
from tests.journeys.stage import PASSWORD, Stage
from tests.support.browser import Person

ENDLESS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LEA = "lea@maison.test"
ROWS = f"""
from allauth.account.models import EmailAddress
from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.catalogue.models import Product
from showfloor.shows import services
brand, owner = Brand.objects.get(), User.objects.exclude(email={LEA!r}).get()
owner.first_name = "Marie"
owner.save()
if not User.objects.filter(email={LEA!r}).exists():
    lea = User.objects.create_user({LEA!r}, {PASSWORD!r}, first_name="Lea", last_name="Stern")
    StaffRole.objects.create(brand=brand, user=lea, role=Role.MODERATOR)
    EmailAddress.objects.create(user=lea, email={LEA!r}, verified=True, primary=True)
products = [product.pk for product in Product.objects.for_brand(brand)]
services.start(services.create_show(brand, services.ShowDraft(
    title=TITLE, product_ids=products)), owner)
"""


class Voice:
    """A guest who speaks by the API, with the cookie of their own browser."""

    def __init__(self, person: Person, slug: str, name: str) -> None:
        self._http, self._slug = person.context.request, slug
        self._token = self._post("/api/v1/viewer-token", {"show": slug})["token"]
        answer = self._http.put("/api/v1/viewer/name", data={"name": name}, headers=self._who)
        self._token = answer.json()["token"]

    def send(self, name: str, **body: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        command = {"id": new_id(), "name": name, "body": body}
        sent: dict[str, Any] = self._post(f"/timeline/{self._slug}/commands", command, self._who)
        return sent

    def say(self, text: str) -> dict[str, Any]:
        return self.send("message", text=text)

    def ask(self, text: str) -> str:
        question_id: str = self.send("question", text=text)["question_id"]
        return question_id

    def mine(self) -> dict[str, Any]:
        """Return this guest's own state in the show."""
        answer = self._http.get(f"/api/v1/shows/{self._slug}/mine", headers=self._who)
        own: dict[str, Any] = answer.json()
        return own

    @property
    def _who(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        answer = self._http.post(path, data=body, headers=headers or {})
        assert answer.ok, f"{path} {body}: {answer.text()}"
        return answer.json()


def sign_in(stage: Stage, email: str, language: str = "en-GB") -> Person:
    person = stage.person(language=language)
    page = person.page("/accounts/login/")
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/console/"))
    page.close()
    return person


def row(page: Page, kind: str, text: str) -> Locator:
    """A row of the column by what it says: `chat-message`, `question`, `poll`, `review`."""
    says = page.locator(".sf-card-row__text, .sf-message__text").filter(has_text=text)
    return page.locator(f"li[data-testid^={kind}-]").filter(has=says)


def act(where: Locator, verb: str) -> None:
    where.hover()
    where.locator(f"[data-testid^={verb}-]").first.click()


def undo(page: Page, words: str) -> None:
    page.get_by_test_id("toast").filter(has_text=words).get_by_test_id("toast-action").click()


def confirm(page: Page) -> None:
    page.locator("dialog[open]").get_by_test_id("dialog-confirm").click()
    expect(page.locator("dialog")).to_have_count(0)


def leave(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def open_tool(page: Page, name: str) -> Locator:
    page.get_by_test_id(f"tool-{name}").click()
    window = page.locator("dialog[open]")
    expect(window).to_be_visible()
    return window
