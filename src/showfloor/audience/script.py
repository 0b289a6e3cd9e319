"""The script of a synthetic audience: its people and their lines. Plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from typing import Final

ANY_TIME: Final = ""  # the key of lines that fit whatever is on screen
ON_SCREEN: Final = "*"  # the key of lines for any product on screen
KEPT_FOR_PEOPLE: Final = 3  # units of a variant that the audience leaves


@dataclass(frozen=True, slots=True)
class Persona:
    """An invented viewer. `session`: the session cookie of a member's account; empty: a guest.

    `talkative` and `generous` weigh how often this person writes and buys.
    """

    name: str
    session: str = ""
    talkative: float = 1.0
    generous: float = 1.0


@dataclass(frozen=True, slots=True)
class Reply:
    """A line that answers a message in which one of these words stands."""

    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """Address and card for a purchase. The card is one of the test provider's."""

    street: str = "Lindenstraße 12"
    postal_code: str = "10969"
    city: str = "Berlin"
    country: str = "DE"
    domain: str = "audience.example"  # of the e-mail addresses
    card: str = "4242 4242 4242 4242"


@dataclass(frozen=True, slots=True)
class Script:
    """`lines` and `questions` by the reference of the product on screen, `ANY_TIME` for the rest.

    `{product}` stands for the name of the product on screen.
    """

    personas: Sequence[Persona]
    lines: Mapping[str, Sequence[str]]
    questions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    replies: Sequence[Reply] = ()
    poll_lines: Sequence[str] = ()
    bought_lines: Sequence[str] = ()
    buyer: Buyer = Buyer()

    def with_viewers(self, count: int) -> "Script":
        """Return this script for so many people: the first of the cast, or more of them."""
        cast = [
            persona if n < len(self.personas) else Persona(f"{persona.name} {n}", "", 0.4, 0.4)
            for n, persona in enumerate(islice(cycle(self.personas), count))
        ]
        return replace(self, personas=cast)


_NAMES = (
    "Amara", "Ben K.", "Chiara", "Daan", "Eszter", "Femi", "Greta", "Hugo", "Ilse", "Jonas",
    "Katya", "Liam", "Mireille", "Noor", "Oskar", "Paloma", "Quinn", "Rosa", "Selin", "Tove",
)  # fmt: skip

# For the rehearsal of a brand's own show: nothing in it is about any particular thing.
REHEARSAL = Script(
    personas=tuple(Persona(name) for name in _NAMES),
    lines={
        ANY_TIME: (
            "Hello from the sofa!", "Good evening everyone", "First time here, hi", "Sound is good",
            "Picture is clear here", "Finally made it on time", "Love this format",
            "Can see and hear you well", "Who else has a cup of tea?", "So calm, I like it",
            "Greetings from the train", "This is my favourite part of the week",
            "The light is lovely today", "Just in time", "I brought my sister", "haha yes",
            "Exactly what I needed to hear", "Taking notes", "Same here", "Good point",
        ),
        ON_SCREEN: (
            "The {product} looks great", "Oh, the {product}", "Been waiting for the {product}",
            "{product}: yes please", "How pretty is the {product}", "Adding the {product}",
            "I have the {product} already and use it daily", "Is the {product} new?",
            "Could you hold the {product} closer?", "That {product} is a good gift",
        ),
    },
    questions={
        ON_SCREEN: (
            "Is the {product} in stock for long?", "Does the {product} come in other sizes?",
            "How long does delivery of the {product} take?", "Where is the {product} made?",
            "Can I send the {product} back?",
        ),
    },
    poll_lines=("Voted!", "Hard to choose", "Easy one", "Who voted for the other one?"),
    bought_lines=("Ordered!", "Got it", "Mine", "In the post soon, I hope"),
)  # fmt: skip
