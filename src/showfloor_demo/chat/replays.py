"""The words, questions, votes and sales of the shows that the demo has as replays. Plain data."""

from dataclasses import dataclass, field

from showfloor_demo.direction import OpenPoll

type Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A question of somebody; answered in writing, or on air where there are no words."""

    reference: str  # asked while this product was shown
    who: str
    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class ReplayScript:
    """`lines`: (who, text) by the product on screen; `welcome` and `farewell` without one. `sales`:
    (who, SKU) by product."""

    welcome: Lines
    farewell: Lines
    lines: dict[str, Lines]
    questions: tuple[Told, ...]
    poll: OpenPoll
    votes: tuple[tuple[str, int], ...]
    sales: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    pinned: str = ""  # a line that was held above the chat
    peak_viewers: int = 40


SKIN = ReplayScript(
    (
        ("Marguerite", "Good morning! Coffee is on"), ("Ravi", "hello from the night shift"),
        ("Hana M.", "bare face reporting"), ("Tilda", "so early and so many of us"),
    ),
    (
        ("Imogen", "thank you Inès, that was so clear"), ("Bram", "see you on Thursday"),
        ("Leonie", "and my bread is ready too"),
    ),
    {
        "AUB-205": (
            ("Leonie", "serum first, I always did it last"), ("Ravi", "three drops, not thirteen. noted"),
            ("Priya", "warm palms!"), ("Coco Verbeek", "mine is from the same lot, 4 October"),
            ("Tilda", "you can hear the pipette, I love the sound here"),
            ("Marguerite", "sixty-eight and my skin says thank you for this one"),
            ("Hana M.", "wait one minute, she says. I never wait"), ("Imogen", "setting a timer then"),
        ),
        "AUB-206": (
            ("Imogen", "that swirl again"), ("Hana M.", "a pea, not a plum"),
            ("Leonie", "under the eyes with the ring finger, got it"),
            ("Priya", "heavy in the jar, gone in a minute is so true"), ("Bram", "even my beard likes it"),
            ("Coco Verbeek", "the jar goes back for a refill, good"),
            ("Marguerite", "the whisper of lavender puts me to sleep, in a nice way"),
        ),
        "AUB-201": (
            ("Priya", "20 Honey team"), ("Coco Verbeek", "from the middle outwards, ah"),
            ("Tilda", "I put it on with a sponge, was that wrong"), ("Ravi", "does it count as make-up? I wear it to work"),
            ("Priya", "it counts as sleep @Ravi"), ("Hana M.", "freckles still there, thank you"),
            ("Leonie", "10 Linen here, a bit pink today, still fine"),
        ),
        "AUB-203": (
            ("Tilda", "the sunrise at last"), ("Imogen", "one swipe, step back, look"),
            ("Coco Verbeek", "she did the other cheek and it lit up"), ("Marguerite", "at my age a little. But a little is lovely"),
            ("Hana M.", "breakfast glow"), ("Bram", "my wife says I may not touch hers"),
        ),
    },
    (
        Told("AUB-205", "Hana M.", "Can the serum go on wet skin?",
             "On damp skin, yes: it spreads further. Not on wet, or it slides off."),
        Told("AUB-206", "Ravi", "Is the cream too rich for oily skin?"),
        Told("AUB-201", "Leonie", "How do I keep it off my collar?",
             "Let it set for two minutes, then press a tissue along the jaw."),
        Told("AUB-203", "Imogen", "Before or after powder?"),
    ),
    OpenPoll("Where do you lose most time in the morning?", ("Choosing", "Blending", "Coffee"), 20),
    (
        ("Hana M.", 0), ("Ravi", 2), ("Leonie", 1), ("Tilda", 2), ("Priya", 0), ("Bram", 2),
        ("Imogen", 1), ("Coco Verbeek", 2), ("Marguerite", 2),
    ),
    {
        "AUB-205": (("Leonie", "DR-30"), ("Marguerite", "DR-30"), ("Ravi", "DR-15")),
        "AUB-206": (("Hana M.", "SN-50"), ("Coco Verbeek", "SN-R50")),
        "AUB-201": (("Priya", "SLT-20-30"), ("Tilda", "SLT-10-15")),
        "AUB-203": (("Imogen", "FR-01"), ("Coco Verbeek", "FR-01")),
    },
    "sixty-eight and my skin says thank you for this one", 63,
)  # fmt: skip

SUNDAY = ReplayScript(
    (
        ("Delphine", "Sunday evening, the best slot"), ("Kasia W.", "he is filming on his phone, I love it"),
        ("Nele", "is that your real bathroom?"), ("Yara", "cosy already"),
    ),
    (("Lucía", "goodnight, this was so peaceful"), ("Esther K.", "more of these please")),
    {
        "AUB-303": (
            ("Nele", "I can hear the wick"), ("Delphine", "clean sheets, late sun. yes"),
            ("Yara", "how many hours is it really"), ("Delphine", "I am at forty and a third is left"),
            ("Esther K.", "trim the wick! my mother taught me"), ("Kasia W.", "the toothbrush cup afterwards, mine is two years old"),
            ("Lucía", "the flame and the rain outside here, perfect"),
        ),
        "AUB-302": (
            ("Kasia W.", "wet grass and pear, that is my grandparents' garden"), ("Zofia", "on wool it stays for days"),
            ("Yara", "is it for men or for women"), ("Zofia", "for people who open the window @Yara"),
            ("Nele", "the round bottle looks like a full moon"), ("Lucía", "the 100 is reduced, hm, hm"),
        ),
        "AUB-301": (
            ("Lucía", "and now the smoke"), ("Esther K.", "two sprays, one in the air, walk through"),
            ("Delphine", "I did that and the dog sneezed"), ("Kasia W.", "layering both, he says?!"),
            ("Zofia", "Rain first, Smoke over it. I have tried, it is beautiful"),
            ("Nele", "writing that down"),
        ),
        "AUB-206": (
            ("Yara", "and cream for the elbows, he is right"), ("Lucía", "everything smells of nothing now, in a good way"),
            ("Esther K.", "my Sunday is made"), ("Delphine", "bath is running"),
        ),
    },
    (
        Told("AUB-303", "Yara", "Is the candle safe on a wooden shelf?",
             "Yes: the foot stays cool. Give it a hand's width of air above."),
        Told("AUB-302", "Lucía", "Does perfume belong on wool?"),
        Told("AUB-301", "Nele", "Can I wear both at once?"),
    ),
    OpenPoll("Which one tonight?", ("Orchard Rain", "Lily & Smoke", "Both, layered"), 18),
    (
        ("Delphine", 2), ("Kasia W.", 0), ("Nele", 2), ("Yara", 0), ("Lucía", 1), ("Esther K.", 0),
        ("Zofia", 2),
    ),
    {
        "AUB-303": (("Delphine", "LS-220"), ("Lucía", "LS-220"), ("Nele", "LS-220")),
        "AUB-302": (("Kasia W.", "N7-50"), ("Lucía", "N7-100")),
        "AUB-301": (("Nele", "N4-30"),),
        "AUB-206": (("Yara", "SN-50"),),
    },
    "Rain first, Smoke over it. I have tried, it is beautiful", 41,
)  # fmt: skip

REPLAYS: dict[str, ReplayScript] = {"skin-before-colour": SKIN, "slow-sunday": SUNDAY}
