"""Two moderators and a viewer use everything in the console's talk column."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.stage import OWNER, Stage
from tests.journeys.voices import (
    ENDLESS,
    LEA,
    ROWS,
    Voice,
    act,
    confirm,
    leave,
    open_tool,
    row,
    sign_in,
    undo,
)
from tests.support.axe import Review
from tests.support.browser import DESKTOP, PHONE
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

LONG = "Feuchtigkeitsspendendes Lippenpflegeöl-Geschenkset"


def word(window: Locator, pattern: str) -> Locator:
    """A rule of the brand's list, which all shows of this stage share."""
    return window.locator("li[data-testid^=word-]").filter(has_text=pattern)


def test_two_moderators_keep_a_show_with_a_viewer(stage: Stage) -> None:
    stage.server.python(ROWS.replace("TITLE", repr("The evening edit")))
    slug = "the-evening-edit"
    marie, lea = stage.staff(), sign_in(stage, LEA)
    ada, ben = stage.person(), stage.person()
    voice, other = Voice(ada, slug, "Ada"), Voice(ben, slug, "Ben")
    console, second = (one.page(f"/console/shows/{slug}") for one in (marie, lea))
    page = ada.page(f"/shows/{slug}")
    expect(console.get_by_test_id("tool-announce")).to_be_visible()
    expect(second.get_by_test_id("tool-announce")).to_be_visible()

    above_the_chat(console, second, page, voice)
    questions_are_answered(console, second, voice, other)
    a_quiz(console, second, voice)
    the_plan(console)
    who_may_write(console, second, page)
    words_have_rules(console)
    what_is_held_is_reviewed_by_keyboard(console, second, page, other)
    the_shield(console, second)
    measures_with_undo(console, page, voice)
    what_only_its_author_sees(console, second, other)
    the_log(console, second)
    for person in (marie, lea, ada, ben):
        assert person.trouble == []
        person.close()


def above_the_chat(console: Page, second: Page, page: Page, voice: Voice) -> None:
    voice.say("Where is the rosé from?")
    expect(row(second, "chat-message", "rosé")).to_be_visible()
    act(row(console, "chat-message", "rosé"), "chat-pin")
    for one in (console, second):
        expect(one.get_by_test_id("pin-on")).to_contain_text("rosé")
    expect(page.get_by_test_id("pinned")).to_contain_text("rosé")
    undo(console, "Pinned")
    for one, test_id in ((console, "pin-on"), (second, "pin-on"), (page, "pinned")):
        expect(one.get_by_test_id(test_id)).to_have_count(0)

    open_tool(console, "announce").get_by_test_id("announcement-text").fill("Doors close at nine")
    confirm(console)
    expect(page.get_by_test_id("announcement")).to_contain_text("nine")
    expect(second.get_by_test_id("announcement-on")).to_contain_text("nine")
    second.get_by_test_id("announcement-on").get_by_role("button").click()
    expect(page.get_by_test_id("announcement")).to_have_count(0)


def questions_are_answered(console: Page, second: Page, voice: Voice, other: Voice) -> None:
    voice.ask("Is the night balm suitable for sensitive skin?")
    other.ask("Is the night balm good for sensitive skin?")
    other.ask("Do you ship to Iceland?")
    expect(console.get_by_test_id("count-questions")).to_have_text("3")
    for one in (console, second):
        one.get_by_test_id("talk-questions").click()

    act(row(console, "question", "suitable"), "merge")
    expect(row(console, "question", "sensitive")).to_have_count(1)
    expect(row(console, "question", "sensitive").get_by_test_id("votes")).to_have_text("2")
    undo(console, "Merged")
    expect(row(console, "question", "sensitive")).to_have_count(2)
    act(row(console, "question", "suitable"), "merge")
    for one in (console, second):
        expect(row(one, "question", "sensitive")).to_have_count(1)

    act(row(console, "question", "sensitive"), "pick")
    expect(row(second, "question", "sensitive")).to_have_attribute("data-state", "picked")
    act(row(console, "question", "sensitive"), "answer")
    expect(row(second, "question", "sensitive")).to_have_count(0)

    act(row(second, "question", "Iceland"), "write")
    expect(row(console, "question", "Iceland").get_by_test_id("answering")).to_contain_text("Lea")
    act(row(console, "question", "Iceland"), "write")
    expect(row(console, "question", "Iceland").get_by_role("alert")).to_contain_text("Lea")
    second.get_by_test_id("answer-text").fill("Yes, in a week.")
    second.get_by_test_id("to-asker").check(force=True)
    confirm(second)
    expect(row(console, "question", "Iceland")).to_have_count(0)
    console.get_by_test_id("questions-settled").check()
    expect(row(console, "question", "Iceland")).to_contain_text("to the asker alone")
    console.get_by_test_id("questions-settled").uncheck()
    expect(console.get_by_test_id("count-questions")).to_have_count(0)


def a_quiz(console: Page, second: Page, voice: Voice) -> None:
    console.get_by_test_id("talk-polls").click()
    console.get_by_test_id("poll-new").click()
    console.get_by_test_id("poll-question").fill("What is in the balm?")
    console.get_by_test_id("poll-option-0").fill("Shea butter")
    console.get_by_test_id("poll-option-1").fill("Goat butter")
    console.get_by_test_id("is_quiz").check()
    console.get_by_test_id("dialog-confirm").click()
    # Nothing is marked as right: the window stays, with what was typed.
    expect(console.get_by_test_id("dialog-error")).to_be_visible()
    console.get_by_test_id("right-0").check()
    confirm(console)
    poll = row(console, "poll", "in the balm")
    act(poll, "poll-open")
    confirm(console)
    second.get_by_test_id("talk-polls").click()
    expect(row(second, "poll", "in the balm")).to_have_attribute("data-state", "open")
    poll_id = str(poll.get_attribute("data-testid")).removeprefix("poll-")
    voice.send("vote", poll_id=poll_id, options=[0])
    for one in (console, second):
        expect(row(one, "poll", "in the balm").get_by_test_id("voters")).to_have_text("1 vote")
    act(poll, "poll-close")
    expect(row(second, "poll", "in the balm")).to_have_attribute("data-state", "closed")


def the_plan(console: Page) -> None:
    """A segment is written and corrected, the quiz is planned, products are found by category."""
    console.locator("summary", has_text="Add a segment").click()
    form = console.get_by_test_id("segment-form")
    form.locator("[name=title]").fill("Welcome")
    form.locator("[name=cue]").fill("Smile")
    form.locator("button").click()
    segment = console.locator("[data-testid=plan-item][data-kind=segment]")
    expect(segment).to_contain_text("Smile")
    segment.get_by_label("Edit Welcome").click()
    segment.locator("[name=cue]").fill("Camera two")
    segment.locator("[name=minutes]").fill("3")
    segment.get_by_role("button", name="Save").click()
    expect(segment).to_contain_text("3 minutes")
    expect(segment).to_contain_text("Camera two")
    console.locator("summary", has_text="Add a poll").click()
    console.get_by_test_id("poll-choices").locator(".sf-rundown__poll").first.click()
    expect(console.locator("[data-testid=plan-item][data-kind=poll]")).to_have_count(1)


def who_may_write(console: Page, second: Page, page: Page) -> None:
    open_tool(console, "rules").get_by_test_id("slow_s").select_option("30")
    console.get_by_test_id("holds_links").check()
    confirm(console)
    expect(page.get_by_test_id("slow-mode")).to_contain_text("30")
    window = open_tool(second, "rules")
    expect(window.get_by_test_id("slow_s")).to_have_value("30")
    window.get_by_test_id("slow_s").select_option("0")
    confirm(second)
    expect(page.get_by_test_id("slow-mode")).to_have_count(0)


def words_have_rules(console: Page) -> None:
    window = open_tool(console, "words")
    window.get_by_test_id("word-pattern").fill("rubbish")
    window.get_by_test_id("word-action").select_option("hold")
    window.get_by_test_id("word-add").click()
    expect(word(window, "rubbish")).to_be_visible()
    for text, action in (("Such r.u.b.b.i.s.h", "hold"), ("Such roses", "show")):
        window.get_by_test_id("word-test").fill(text)
        window.get_by_test_id("word-test-go").click()
        expect(window.get_by_test_id("word-tested")).to_have_attribute("data-action", action)
    leave(console)


def what_is_held_is_reviewed_by_keyboard(
    console: Page, second: Page, page: Page, other: Voice
) -> None:
    """Lea without a pointer: to the queue, take it, let it in. Marie sees that she has it."""
    for one in (console, second):
        one.evaluate("() => document.activeElement?.blur()")
        one.keyboard.press("r")
        expect(one.get_by_test_id("talk-review")).to_have_attribute("aria-selected", "true")
    assert other.say("Such rubbish, lovely")["state"] == "held"
    assert other.say("As on https://maison.test/skin")["state"] == "held"
    for one in (console, second):
        expect(row(one, "review", "rubbish")).to_be_visible()
        expect(row(one, "review", "maison.test")).to_be_visible()
        expect(one.get_by_test_id("review-news")).to_contain_text("more wait")
    expect(page.get_by_text("Such rubbish, lovely")).to_have_count(0)

    second.keyboard.press("r")
    expect(row(second, "review", "rubbish")).to_be_focused()
    second.keyboard.press("Enter")
    expect(row(console, "review", "rubbish").get_by_test_id("taken")).to_contain_text("Lea")
    expect(row(console, "review", "rubbish").get_by_role("button")).to_have_count(0)
    second.keyboard.press("a")
    expect(page.get_by_text("Such rubbish, lovely").first).to_be_visible()
    expect(row(console, "review", "rubbish")).to_have_count(0)
    expect(row(second, "review", "maison.test")).to_be_focused()
    second.keyboard.press("d")
    for one in (console, second):
        expect(row(one, "review", "maison.test")).to_have_count(0)


def the_shield(console: Page, second: Page) -> None:
    console.get_by_test_id("shield").click()
    for one in (console, second):
        expect(one.get_by_test_id("shield-on")).to_be_visible()
    second.get_by_test_id("shield").click()
    for one in (console, second):
        expect(one.get_by_test_id("shield-on")).to_have_count(0)


def measures_with_undo(console: Page, page: Page, voice: Voice) -> None:
    console.get_by_test_id("talk-chat").click()
    voice.say("You are all fools")
    message = row(console, "chat-message", "fools")
    act(message, "chat-measure")
    console.get_by_test_id("measure-reason").fill("Be kind")
    confirm(console)
    expect(page.get_by_test_id("warning")).to_be_visible()
    undo(console, "warned")
    wait_until(lambda: voice.mine()["warning"] is None, 10, "the warning to be lifted")

    act(message, "chat-measure")
    console.get_by_test_id("kind-time-outs").check(force=True)
    confirm(console)
    expect(page.get_by_test_id("chat-timed-out")).to_be_visible()
    undo(console, "may not write")
    expect(page.get_by_test_id("chat-timed-out")).to_have_count(0)
    assert voice.say("I am sorry")["state"] == "shown"
    expect(row(console, "chat-message", "I am sorry")).to_be_visible()


def what_only_its_author_sees(console: Page, second: Page, other: Voice) -> None:
    other.say("Nobody needs any of this")
    act(row(console, "chat-message", "Nobody needs"), "chat-measure")
    console.get_by_test_id("kind-shadows").check(force=True)
    confirm(console)
    other.ask("Is it all a swindle?")
    console.get_by_test_id("talk-questions").click()
    console.get_by_test_id("questions-settled").check()
    question = row(console, "question", "swindle")
    expect(question).to_have_attribute("data-state", "shadowed")
    expect(question).to_contain_text("Only they see it")
    expect(question.locator("[data-testid^=pick-], [data-testid^=dismiss-]")).to_have_count(0)
    second.get_by_test_id("talk-questions").click()
    expect(row(second, "question", "swindle")).to_have_count(0)
    act(question, "reopen")
    expect(row(second, "question", "swindle")).to_have_attribute("data-state", "open")


def the_log(console: Page, second: Page) -> None:
    window = open_tool(second, "audit")
    expect(window.locator("[data-action='time_out']")).to_contain_text("undone")
    expect(window.locator("[data-action='undo']").first).to_contain_text("Marie")
    expect(window.locator("[data-action='review.approved']")).to_contain_text("Lea Stern")
    line = window.locator("[data-action='word.added']").first
    line.get_by_role("button").click()
    expect(line).to_contain_text("undone")
    expect(window.locator("[data-action='undo']").first).to_be_visible()
    leave(second)
    window = open_tool(console, "words")
    expect(window.get_by_test_id("word-test")).to_be_visible()
    expect(word(window, "rubbish")).to_have_count(0)
    leave(console)


def test_talk_column_is_accessible(stage: Stage) -> None:
    """Empty and full, in German with the longest words, each part and each window."""
    stage.server.python(ROWS.replace("TITLE", repr("Abendschau")))
    slug, review = "abendschau", Review()
    marie = sign_in(stage, OWNER, "de")
    ada, ben = stage.person(), stage.person()
    console = marie.page(f"/console/shows/{slug}")
    expect(console.get_by_test_id("shield")).to_be_visible()
    parts(review, console, "empty")
    console.set_viewport_size(DESKTOP)
    fill(console, Voice(ada, slug, "Anneliese von Wolkenstein"), Voice(ben, slug, "Ben"))
    parts(review, console, "full", dark=True)
    windows(review, console)
    review.check()
    assert marie.trouble == []
    for person in (marie, ada, ben):
        person.close()


def fill(console: Page, voice: Voice, other: Voice) -> None:
    """Fill each list with long texts."""
    open_tool(console, "rules").get_by_test_id("holds_links").check()
    confirm(console)
    voice.say(f"Passt das {LONG} zu empfindlicher Haut?")
    voice.ask(f"Ist das {LONG} auch ohne Duftstoffe zu haben?")
    other.ask(f"Gibt es das {LONG} ohne Duftstoffe?")
    other.ask(ENDLESS)
    assert other.say(f"Mehr dazu: https://maison.test/{ENDLESS[:60]}")["state"] == "held"
    console.get_by_test_id("talk-chat").click()
    act(row(console, "chat-message", LONG), "chat-pin")
    open_tool(console, "announce").get_by_test_id("announcement-text").fill(ENDLESS)
    confirm(console)
    console.get_by_test_id("talk-questions").click()
    act(row(console, "question", "ohne Duftstoffe zu haben"), "pick")
    console.get_by_test_id("talk-polls").click()
    for question in (f"Wie heißt {ENDLESS}?", "Was nun?"):
        console.get_by_test_id("poll-new").click()
        console.get_by_test_id("poll-question").fill(question)
        console.get_by_test_id("poll-option-0").fill(ENDLESS[:80])
        console.get_by_test_id("poll-option-1").fill(LONG)
        console.get_by_test_id("hides_tally").check()
        confirm(console)
    act(row(console, "poll", ENDLESS), "poll-open")
    confirm(console)
    expect(row(console, "poll", ENDLESS)).to_have_attribute("data-state", "open")
    window = open_tool(console, "words")
    window.get_by_test_id("word-action").select_option("replace")
    window.get_by_test_id("word-pattern").fill(ENDLESS[:80])
    window.get_by_test_id("word-add").click()
    expect(word(window, ENDLESS[:80])).to_be_visible()
    leave(console)
    console.get_by_test_id("shield").click()
    expect(console.get_by_test_id("shield-on")).to_be_visible()


def parts(review: Review, console: Page, how: str, *, dark: bool = False) -> None:
    console.set_viewport_size(PHONE)
    console.get_by_test_id("tab-chat").click()
    for part in ("chat", "questions", "polls", "review"):
        console.get_by_test_id(f"talk-{part}").click()
        review.look(console, f"talk-{how}-{part}", dark=dark)
        console.set_viewport_size(PHONE)


def windows(review: Review, console: Page) -> None:
    for tool in ("announce", "rules", "words", "audit"):
        window = open_tool(console, tool)
        if tool == "words":
            window.get_by_test_id("word-test").fill(f"{LONG} {ENDLESS}")
            window.get_by_test_id("word-test-go").click()
            expect(window.get_by_test_id("word-tested")).to_be_visible()
        review.look(console, f"talk-window-{tool}", dark=True)
        leave(console)
    console.set_viewport_size(DESKTOP)
    openers = (
        ("chat", "chat-message", LONG, "chat-measure"),
        ("questions", "question", ENDLESS, "write"),
        ("questions", "question", ENDLESS, "remove"),
        ("polls", "poll", "Was nun?", "poll-edit"),
        ("polls", "poll", "Was nun?", "poll-open"),
    )
    for part, kind, text, verb in openers:
        console.get_by_test_id(f"talk-{part}").click()
        act(row(console, kind, text), verb)
        expect(console.locator("dialog[open]")).to_be_visible()
        review.look(console, f"talk-window-{verb}")
        leave(console)
        expect(console.locator("[data-testid=answering]")).to_have_count(0)
