"""Chat messages without HTTP, in the process of an installation: `append` runs this file there.

Asked by its arguments: how many messages, how many in a transaction. Answered as one line of JSON:
how many a second, and the CPU of one in microseconds.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import batched
from typing import Final

from showfloor.accounts.models import Brand
from showfloor.accounts.tokens import Claims
from showfloor.community.chat.commands import perform
from showfloor.kernel.ids import new_id
from showfloor.shows.models import Show
from showfloor.timeline.commands import Command

WARM: Final = 3  # batches
PEOPLE: Final = 20_000


def messages(show: Show, first: int, count: int) -> Iterator[Command]:
    brand_id = Brand.objects.get().pk
    people = [
        Claims(f"g:{new_id()}", brand_id, f"Guest {n}", (), f"net-{n}") for n in range(PEOPLE)
    ]
    for number in range(first, first + count):
        body = {"text": f"What a lovely colour, I want it ({number})"}
        yield Command(f"p-{number}", "message", body, people[number % PEOPLE], show.pk, "en")


def main() -> None:
    count, batch = map(int, sys.argv[1:3])
    show = Show.objects.all_brands().get()
    batches = list(batched(messages(show, 0, count + WARM * batch), batch))
    for some in batches[:WARM]:
        perform(show.pk, some)
    began, cpu = time.monotonic(), time.process_time()
    for some in batches[WARM:]:
        outcomes = perform(show.pk, some)
        assert all(one.problem is None for one in outcomes), outcomes[0]
    cpu_s, took = time.process_time() - cpu, time.monotonic() - began
    print(json.dumps({"per_s": count / took, "cpu_us": cpu_s / count * 1e6}))


if __name__ == "__main__":
    main()
