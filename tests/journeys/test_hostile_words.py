"""People's texts are shown as they wrote them and never run, in any page and under a policy
that lets no script run but ours."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.stage import Stage

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

# Each a way by which scripts got into other people's chats: elements, attributes, addresses, the
# end of the script element that carries the page's data, templates, styles, and odd encodings.
CORPUS = (
    "<script>pwned()</script>",
    "<img src=x onerror=pwned()>",
    "<svg/onload=pwned()>",
    "<svg><script>pwned()</script></svg>",
    "</script><script>pwned()</script>",
    '"><img src=x onerror=pwned()>',
    "'-pwned()-'",
    "javascript:pwned()",
    "[x](javascript:pwned())",
    '<a href="javascript:pwned()">click</a>',
    "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "<details open ontoggle=pwned()>x</details>",
    "<math><mtext><style><img src=x onerror=pwned()></style></mtext></math>",
    "<style>@import 'javascript:pwned()'</style>",
    "<body onload=pwned()>",
    "{{constructor.constructor('pwned()')()}}",
    "${pwned()}",
    '<!--<img src="--><img src=x onerror=pwned()//">',
    "\\u003cimg src=x onerror=pwned()\\u003e",
    "&lt;img src=x onerror=pwned()&gt;",
    "<img src=x onerror=\u200bpwned()>",
)

# Texts go in by the verbs that people's commands and staff's operations call.
WRITE = f"""
import json
from showfloor.accounts.models import Brand, User
from showfloor.accounts.tokens import Claims
from showfloor.community.chat import services as chat
from showfloor.community.polls import services as polls
from showfloor.community.polls.rules import OptionDraft, PollDraft
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.ids import new_id
from showfloor.shows import services as shows
from showfloor.site.commands import perform
from showfloor.timeline.commands import Command
corpus = {list(CORPUS)!r}
brand, owner = Brand.objects.get(), User.objects.get()
show = shows.start(shows.create_show(brand, shows.ShowDraft(title=corpus[4])), owner)
shown = []
for number, text in enumerate(corpus):
    for name in ("message", "question"):
        body = {{"text": text}}
        who = Claims(f"g:{{new_id()}}", brand.pk, text[:30])  # names like that, too
        command = Command(f"{{name}}-{{number}}", name, body, who, show.pk)
        (done,) = perform(name, [command])
        if done.problem is None:
            shown.append([name, text])
            if name == "message":
                last = done.result["message_id"]
chat.pin(show, last, None, owner)
chat.announce(show, corpus[1], "", None, owner)
options = [OptionDraft(corpus[1], False), OptionDraft(corpus[2], False)]
draft = PollDraft(corpus[0], options, 1, False, False)
polls.open_poll(show, polls.create(show, draft).pk, None, None, owner)
print(json.dumps({{"slug": show.slug, "shown": shown}}))
"""

TRAP = "window.ran = []; window.pwned = (why) => window.ran.push(why ?? 'ran');"


def _visit(stage: Stage, person_page: Page, path: str) -> Page:
    person_page.add_init_script(TRAP)
    response = person_page.goto(path, wait_until="domcontentloaded")
    assert response is not None
    policy = response.headers["content-security-policy"]
    script = next(part for part in policy.split(";") if part.strip().startswith("script-src"))
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in script
    return person_page


def _is_harmless(page: Page) -> None:
    assert page.evaluate("window.ran") == []
    strangers = "[onerror],[onload],[ontoggle],iframe,a[href^='javascript:'],img[src='x']"
    assert page.locator(strangers).count() == 0


def test_hostile_text_never_runs(stage: Stage) -> None:
    made = json.loads(stage.server.python(WRITE).splitlines()[-1])
    slug = made["slug"]
    said = [text for name, text in made["shown"] if name == "message"]
    asked = [text for name, text in made["shown"] if name == "question"]
    assert len(said) >= 15
    assert len(asked) >= 10

    viewer = stage.person().page("/")
    page = _visit(stage, viewer, f"/shows/{slug}")
    expect(page.get_by_test_id("message").first).to_be_visible()
    _is_harmless(page)
    chat = page.get_by_test_id("chat").inner_text()
    for text in said:
        assert " ".join(text.replace("\u200b", "").split()) in " ".join(chat.split()), text
    page.get_by_test_id("tab-questions").click()
    _is_harmless(page)

    console = _visit(stage, stage.staff().page("/console/"), f"/console/shows/{slug}")
    expect(console.get_by_test_id("chat-list")).to_be_visible()
    _is_harmless(console)
    console.get_by_test_id("talk-questions").click()
    expect(console.locator("[data-testid^=question-]").first).to_be_visible()
    _is_harmless(console)
    console.get_by_test_id("talk-polls").click()
    expect(console.locator("sf-console-polls li[data-testid^=poll-]").first).to_be_visible()
    _is_harmless(console)
