"""The rules of a synthetic audience: its presence, its acts and its silence. Pure.

Time comes in steps of half a second. The acts of a step follow from the seed, the number of the
step and the room alone, so the same show with the same seed has the same audience.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from showfloor.audience.room import Goods, Room
from showfloor.audience.script import ANY_TIME, KEPT_FOR_PEOPLE, ON_SCREEN, Script
from showfloor.kernel.errors import Conflict, Forbidden, Invalid
from showfloor.shows.watched_show import MEMBERS, TICKET

STEP_S: Final = 0.5
VIEWERS_MAX: Final = 200
MINUTES_MAX: Final = 12 * 60
QUIET_S: Final = 25.0  # after a message of a real person
MESSAGES_PER_MIN: Final = 15.0  # of twenty people; of more it grows with the square root
REVEAL_S = (1.0, 10.0)  # after a product came on screen the room is busier
REVEAL_FACTOR: Final = 2.4
QUESTION_SHARE: Final = 0.09  # of what is written
REPLY_SHARE: Final = 0.25
PURCHASES_PER_MIN: Final = 1.3  # of twenty people, while something is on screen
STAY_S = (240.0, 1500.0)
AWAY_S = (25.0, 150.0)
ARRIVE_S: Final = 40.0  # everyone of the first round has come by then


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    text: str


@dataclass(frozen=True, slots=True)
class Want:
    """A vote for somebody's question."""

    question_id: str


@dataclass(frozen=True, slots=True)
class Vote:
    poll_id: str
    option: int


@dataclass(frozen=True, slots=True)
class React:
    sort: str
    count: int


@dataclass(frozen=True, slots=True)
class Buy:
    sku: str
    variant_id: str


type Deed = Say | Ask | Want | Vote | React | Buy


@dataclass(frozen=True, slots=True)
class Act:
    """One viewer (by place in the cast) does something in a step."""

    viewer: int
    deed: Deed


def check_door(open_to: str, *, orders: bool) -> None:
    """Raise Conflict for a show that lets no invented viewer in. They buy tickets with the test
    provider's card, and have no accounts."""
    if open_to == MEMBERS:
        raise Conflict(
            "the show is for members, and invented viewers have no accounts: open it to everyone"
            " for the rehearsal, or sell a ticket for it"
        )
    if open_to == TICKET and not orders:
        raise Conflict(
            "the show is for people with a ticket: the audience buys one each, with the test"
            " payment provider and without --no-orders"
        )


def check_wanted(viewers: int, minutes: int) -> None:
    """Raise Invalid for an audience that is too large or stays too long."""
    if not 1 <= viewers <= VIEWERS_MAX:
        raise Invalid(f"--viewers: 1 to {VIEWERS_MAX}", field="viewers")
    if not 1 <= minutes <= MINUTES_MAX:
        raise Invalid(f"--minutes: 1 to {MINUTES_MAX}", field="minutes")


def check_may_come(*, is_demo: bool, is_test_show: bool) -> None:
    """Raise Forbidden where real people would take invented ones for real."""
    if not is_demo and not is_test_show:
        raise Forbidden(
            "An invented audience comes to a demo and to test shows only: people who buy must not "
            "take it for real. Mark the show as a test show first."
        )


def is_quiet(now_s: float, real_message_s: float | None) -> bool:
    """Return whether the audience leaves the chat to the real people who write in it."""
    return real_message_s is not None and now_s - real_message_s < QUIET_S


def is_present(seed: int, viewer: int, at_s: float) -> bool:
    """Return whether a viewer is there: people come one by one, leave and come back."""
    dice = Random(f"{seed}/presence/{viewer}")  # noqa: S311 - a play, not a secret
    left_s = at_s - dice.uniform(0, ARRIVE_S)
    while left_s >= 0:
        stay_s = dice.uniform(*STAY_S)
        if left_s < stay_s:
            return True
        left_s -= stay_s + dice.uniform(*AWAY_S)
    return False


def liveliness(now_s: float, room: Room) -> float:
    """Return how busy the chat is now: busier after a reveal, with lulls of some seconds."""
    wave = 1 + 0.55 * math.sin(now_s / 7.3) * math.sin(now_s / 19.1)
    since_s = now_s - room.shown_since_s
    revealed = bool(room.product_id) and REVEAL_S[0] <= since_s <= REVEAL_S[1]
    return wave * (REVEAL_FACTOR if revealed else 1.0)


class Schedule:
    """Decides step by step what the audience does. It remembers which lines were said."""

    def __init__(self, script: Script, seed: int) -> None:
        self._script = script
        self._seed = seed
        self._turns: dict[str, int] = {}  # lines taken of each pile
        self._voted: set[tuple[str, int]] = set()
        self._wanted: set[tuple[str, int]] = set()
        self._answered: str = ""  # the message that was replied to last

    def present(self, now_s: float) -> list[int]:
        """Return who is there, by place in the cast."""
        return [n for n in range(len(self._script.personas)) if is_present(self._seed, n, now_s)]

    def acts(self, step: int, room: Room) -> list[Act]:
        """Return what happens in a step."""
        now_s = step * STEP_S
        here = self.present(now_s)
        if not here or room.ended:
            return []
        dice = Random(f"{self._seed}/step/{step}")  # noqa: S311
        crowd = math.sqrt(len(here) / 20)
        acts = self._votes(dice, now_s, here, room)
        if not is_quiet(now_s, room.real_message_s):
            acts += self._words(dice, now_s, here, room, crowd)
        acts += self._hearts(dice, now_s, here, room, crowd)
        acts += self._purchases(dice, here, room, crowd)
        return acts

    def bought(self, viewer: int, step: int) -> Act | None:
        """Return what somebody says who has just bought, one time in three."""
        dice = Random(f"{self._seed}/bought/{viewer}/{step}")  # noqa: S311
        if not self._script.bought_lines or dice.random() > 1 / 3:
            return None
        return Act(viewer, Say(self._line("bought", self._script.bought_lines, "")))

    # --- parts of a step

    def _words(
        self, dice: Random, now_s: float, here: Sequence[int], room: Room, crowd: float
    ) -> list[Act]:
        chance = MESSAGES_PER_MIN / 60 * STEP_S * crowd * liveliness(now_s, room)
        if dice.random() >= chance:
            return []
        who = self._somebody(dice, here, "talkative")
        if dice.random() < QUESTION_SHARE:
            text = self._of_moment("ask", self._script.questions, room)
            return [Act(who, Ask(text))] if text else []
        if dice.random() < REPLY_SHARE and (reply := self._reply(room)):
            return [Act(who, reply)]
        if room.poll is not None and self._script.poll_lines and dice.random() < 0.3:
            return [Act(who, Say(self._line("poll", self._script.poll_lines, "")))]
        about_now = dice.random() < 0.75
        text = self._of_moment("say", self._script.lines, room) if about_now else ""
        text = text or self._line("any", self._script.lines.get(ANY_TIME, ()), "")
        return [Act(who, Say(text))] if text else []

    def _reply(self, room: Room) -> Say | None:
        """Answer one of the last messages that has an answer, once."""
        for heard in reversed(list(room.messages)[-6:]):
            if heard.message_id == self._answered:
                return None
            words = heard.text.lower()
            for reply in self._script.replies:
                if any(word in words for word in reply.words) and reply.text != heard.text:
                    turn = self._turns.setdefault(f"reply/{reply.text}", 0)
                    self._turns[f"reply/{reply.text}"] = turn + 1
                    if turn == 0:
                        self._answered = heard.message_id
                        return Say(reply.text, heard.message_id)
        return None

    def _votes(self, dice: Random, now_s: float, here: Sequence[int], room: Room) -> list[Act]:
        acts: list[Act] = []
        poll = room.poll
        if poll is not None and now_s - poll.since_s > 2:
            taste = Random(f"{self._seed}/{poll.options}")  # noqa: S311
            weights = [taste.uniform(0.4, 1.6) for _ in range(poll.options)]
            for who in here:
                if (poll.poll_id, who) not in self._voted and dice.random() < 0.06:
                    self._voted.add((poll.poll_id, who))
                    option = dice.choices(range(poll.options), weights)[0]
                    acts.append(Act(who, Vote(poll.poll_id, option)))
        for question_id in room.questions:
            who = dice.choice(here)
            if (question_id, who) not in self._wanted and dice.random() < 0.05:
                self._wanted.add((question_id, who))
                acts.append(Act(who, Want(question_id)))
        return acts

    def _hearts(
        self, dice: Random, now_s: float, here: Sequence[int], room: Room, crowd: float
    ) -> list[Act]:
        if dice.random() >= 0.16 * crowd * liveliness(now_s, room):
            return []
        sort = dice.choices(("heart", "clap", "fire", "wow", "laugh"), (9, 3, 2, 2, 1))[0]
        return [Act(dice.choice(here), React(sort, dice.randint(1, 4)))]

    def _purchases(self, dice: Random, here: Sequence[int], room: Room, crowd: float) -> list[Act]:
        if dice.random() >= PURCHASES_PER_MIN / 60 * STEP_S * crowd:
            return []
        plenty = [goods for goods in room.on_screen() if self._is_plenty(goods, room)]
        if not plenty:
            return []
        goods = dice.choice(plenty)
        who = self._somebody(dice, here, "generous")
        return [Act(who, Buy(goods.sku, goods.variant_id))]

    def _is_plenty(self, goods: Goods, room: Room) -> bool:
        return room.available.get(goods.variant_id, 0) > KEPT_FOR_PEOPLE

    # --- lines

    def _somebody(self, dice: Random, here: Sequence[int], trait: str) -> int:
        cast = self._script.personas
        return dice.choices(here, [getattr(cast[n], trait) for n in here])[0]

    def _of_moment(self, pile: str, piles: Mapping[str, Sequence[str]], room: Room) -> str:
        """Return a line for what is on screen; empty when there is none."""
        own = piles.get(room.reference, ()) if room.reference else ()
        key = room.reference
        if not own and room.reference:
            own, key = piles.get(ON_SCREEN, ()), ON_SCREEN
        if not own and pile == "ask":
            own, key = piles.get(ANY_TIME, ()), ANY_TIME
        return self._line(f"{pile}/{key}", own, room.product)

    def _line(self, pile: str, lines: Sequence[str], product: str) -> str:
        """Return the next line of a pile, shuffled anew each time it has gone round."""
        if not lines:
            return ""
        turn = self._turns.get(pile, 0)
        self._turns[pile] = turn + 1
        order = list(range(len(lines)))
        Random(f"{self._seed}/{pile}/{turn // len(lines)}").shuffle(order)  # noqa: S311
        return lines[order[turn % len(lines)]].replace("{product}", product)
