"""The engine of a synthetic audience: runs a script's viewers against a show until time is up."""

import asyncio
import logging
import ssl
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from showfloor.audience.client import NotDone, ViewerClient
from showfloor.audience.room import Goods, OpenPoll, Room
from showfloor.audience.rules import (
    STEP_S,
    Act,
    Ask,
    Buy,
    React,
    Say,
    Schedule,
    Vote,
    Want,
    check_wanted,
)
from showfloor.audience.script import Buyer, Script
from showfloor.kernel.clock import parse_iso, utc_now

log = logging.getLogger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it says a line for each request

TOKEN_EVERY_S: Final = 600.0  # a token is good for 15 minutes
AGAIN_AFTER_S: Final = 3.0
FAULTS_MAX: Final = 40  # in a row: then the show or the server is gone
AT_ONCE_MAX: Final = 8  # requests of the whole audience
ANSWERS_KEPT: Final = 10_000  # the last ones
BOUGHT_LINE_AFTER_STEPS: Final = 8

type NewViewer = Callable[[int], ViewerClient]  # by the place in the cast


@dataclass(frozen=True, slots=True)
class Plan:
    """`site`: the server's address; `show`: the slug. `orders`: whether somebody buys. `host`: the
    name that the server answers to, where its address has another. `language`: what the viewers
    read, such as the mails about their orders. `needs_ticket`: each of them buys one first."""

    site: str
    show: str
    seed: int = 1
    minutes: int = 30
    orders: bool = True
    host: str = ""
    language: str = ""
    needs_ticket: bool = False


class Audience:
    """All viewers of one show. `run` ends by itself, or when it is cancelled."""

    def __init__(self, plan: Plan, script: Script, new_viewer: NewViewer | None = None) -> None:
        """`new_viewer`: how a viewer is made who comes in another way than by the public pages."""
        check_wanted(len(script.personas), plan.minutes)
        self.answers_ms: deque[float] = deque(maxlen=ANSWERS_KEPT)
        self._new_viewer = new_viewer
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.gave_up = False  # the server does not answer any more
        self._plan = plan
        self._script = script
        self._schedule = Schedule(script, plan.seed)
        self._room = Room()
        self._tls = ssl.create_default_context() if plan.site.startswith("https:") else False
        self._viewers: dict[int, _Attendance] = {}
        self._ids: set[str] = set()  # of all who ever came
        self._gate = asyncio.Semaphore(AT_ONCE_MAX)
        self._deeds: set[asyncio.Task[None]] = set()
        self._faults = 0
        self._began = 0.0

    @property
    def present(self) -> int:
        return len(self._viewers)

    @property
    def came(self) -> int:
        """How many were there at any time, without the usher, who only follows the show."""
        return max(0, len(self._ids) - 1)

    async def run(self) -> None:
        """Fill the show; NotDone or httpx.HTTPError where it cannot be followed at all."""
        usher = self._client(0)
        following: asyncio.Task[None] | None = None
        try:
            await usher.come()
            if self._plan.needs_ticket:
                await usher.enter(self._script.buyer)
            self._ids.add(usher.id)
            await self._look(usher)
            following = asyncio.create_task(self._follow(usher), name="audience follows")
            async with asyncio.timeout(self._plan.minutes * 60):
                await self._step_on(following)
        except TimeoutError:
            pass  # time is up
        finally:
            tasks = [task for task in (following, *self._deeds) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(a.leave() for a in self._viewers.values()), usher.close())

    async def _step_on(self, following: "asyncio.Task[None]") -> None:
        self._began = time.monotonic()
        step = 0
        while not self._room.ended and not following.done() and self._faults < FAULTS_MAX:
            self._move_people(step * STEP_S)
            for act in self._schedule.acts(step, self._room):
                self._begin(act, step)
            step += 1
            late_s = time.monotonic() - self._began - step * STEP_S
            if late_s > 5:  # the machine slept: the steps in between are left out
                step += int(late_s / STEP_S)
            await asyncio.sleep(max(0.0, -late_s))
        self.gave_up = not self._room.ended

    def _move_people(self, now_s: float) -> None:
        here = set(self._schedule.present(now_s))
        for place in here - self._viewers.keys():
            buyer = self._script.buyer if self._plan.needs_ticket else None
            attendance = _Attendance(self._client(place), self._ids, buyer)
            self._viewers[place] = attendance
            attendance.begin()
        for place in list(self._viewers.keys() - here):
            self._spawn(self._viewers.pop(place).leave())

    def _begin(self, act: Act, step: int) -> None:
        attendance = self._viewers.get(act.viewer)
        if attendance is None or not attendance.client.id:
            return
        if isinstance(act.deed, Buy) and not self._plan.orders:
            return
        if len(self._deeds) < 10 * AT_ONCE_MAX:  # a server that does not answer gets no more
            self._spawn(self._do(attendance.client, act, step))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    async def _do(self, client: ViewerClient, act: Act, step: int) -> None:
        name = type(act.deed).__name__.lower()
        try:
            async with self._gate:
                began = time.monotonic()
                await self._perform(client, act)
                self.answers_ms.append((time.monotonic() - began) * 1000)
        except NotDone as refusal:  # sold out, too fast, closed meanwhile: as it happens to people
            self.refused[refusal.code or str(refusal.status)] += 1
            if refusal.status in {401, 403, 404, 500}:
                self._faults += 1
                log.info("audience_refused what=%s", refusal)
        except httpx.HTTPError as error:
            self._faults += 1
            log.info("audience_fault what=%s reason=%r", name, error)
        else:
            self._faults = 0
            self.done[name] += 1
            if isinstance(act.deed, Buy) and (word := self._schedule.bought(act.viewer, step)):
                await asyncio.sleep(BOUGHT_LINE_AFTER_STEPS * STEP_S)
                self._begin(word, step)

    async def _perform(self, client: ViewerClient, act: Act) -> None:
        match act.deed:
            case Say(text, reply_to):
                body = {"text": text, "reply_to": reply_to} if reply_to else {"text": text}
                await client.command("message", body)
            case Ask(text):
                await client.command("question", {"text": text})
            case Want(question_id):
                await client.command("question_vote", {"question_id": question_id, "up": True})
            case Vote(poll_id, option):
                await client.command("vote", {"poll_id": poll_id, "options": [option]})
            case React(sort, count):
                await client.react(sort, count)
            case Buy(sku):
                await client.buy(sku, self._room.show_time_s(utc_now()), self._script.buyer)

    def _now_s(self) -> float:
        return time.monotonic() - self._began if self._began else 0.0

    async def _look(self, usher: ViewerClient) -> None:
        """Learn what is sold and how the show stands."""
        room = self._room
        room.goods = {}
        for product in await usher.products():
            for variant in product["variants"]:
                variant_id = variant["id"]
                room.goods[variant_id] = Goods(
                    variant["sku"], variant_id, product["reference"], product["name"], product["id"]
                )
                room.available[variant_id] = variant["available"]
        take_snapshot(room, await usher.snapshot(), self._now_s())

    async def _follow(self, usher: ViewerClient) -> None:
        """Keep the room up to date; the stream ends every ten minutes and is taken up again."""
        faults = 0
        while faults < 5:
            began = time.monotonic()
            try:
                async for entry in usher.entries():
                    self._room.feed(entry, self._now_s(), self._ids)
                    if entry.get("kind") == "stock.level":
                        await self._learn(usher, entry)
            except (NotDone, httpx.HTTPError) as error:
                log.info("audience_stream_ended reason=%r", error)
            faults = faults + 1 if time.monotonic() - began < AGAIN_AFTER_S else 0
            await asyncio.sleep(AGAIN_AFTER_S)
            try:
                await usher.come()
                await self._look(usher)
            except (NotDone, httpx.HTTPError):
                faults += 1

    async def _learn(self, usher: ViewerClient, entry: Mapping[str, Any]) -> None:
        """Learn of a product that came into the show."""
        if entry["body"]["variant_id"] not in self._room.goods:
            await self._look(usher)

    def _client(self, place: int) -> ViewerClient:
        if self._new_viewer is not None:
            return self._new_viewer(place)
        plan, persona = self._plan, self._script.personas[place]
        return ViewerClient(plan.site, plan.show, persona, self._tls, plan.host, plan.language)


class _Attendance:
    """One visit of a viewer: comes, stays connected, leaves. `buyer`: of a ticket, where the show
    needs one."""

    def __init__(self, client: ViewerClient, ids: set[str], buyer: Buyer | None = None) -> None:
        self._buyer = buyer
        self.client = client
        self._ids = ids
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._stay(), name=f"viewer {self.client.persona.name}")

    async def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.client.close()

    async def _stay(self) -> None:
        """Follow the show; reconnect with a new token when the stream ends."""
        while True:
            try:
                await self.client.come()
                if self._buyer is not None:
                    await self.client.enter(self._buyer)
                self._ids.add(self.client.id)
                async with asyncio.timeout(TOKEN_EVERY_S):
                    await self.client.watch()
            except (NotDone, httpx.HTTPError, TimeoutError) as error:
                log.debug("viewer_again name=%s reason=%r", self.client.persona.name, error)
            await asyncio.sleep(AGAIN_AFTER_S)


def take_snapshot(room: Room, snapshot: Mapping[str, Any], now_s: float) -> None:
    """Take what is on screen, the open poll and the open questions from a snapshot."""
    room.ended = snapshot.get("state") == "ended"
    if snapshot.get("started_at"):
        room.started_at = parse_iso(snapshot["started_at"])
    highlights = [one for one in snapshot.get("highlights", ()) if one.get("ended_at") is None]
    room.product_id = next((one["product_ids"][0] for one in reversed(highlights)), "")
    is_open = [poll for poll in snapshot.get("polls", ()) if poll.get("state") == "open"]
    room.poll = None
    for poll in is_open[-1:]:
        room.poll = OpenPoll(poll["poll_id"], len(poll["options"]), now_s)
    for question in snapshot.get("questions", ()):
        room.feed({"kind": "question.asked", "body": question}, now_s, ())
