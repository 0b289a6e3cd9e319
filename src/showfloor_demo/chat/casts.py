"""The script, the written answers, the polls and the announcements of each live show."""

from collections.abc import Mapping

from showfloor.audience.script import Script
from showfloor_demo.chat import offene_werkstatt, velvet_hour
from showfloor_demo.direction import OpenPoll, Plan

SCRIPTS: dict[str, Script] = {
    "velvet-hour-live": velvet_hour.SCRIPT,
    "offene-werkstatt": offene_werkstatt.SCRIPT,
}
ANSWERS: dict[str, Mapping[str, Mapping[str, str]]] = {
    "velvet-hour-live": velvet_hour.ANSWERS,
    "offene-werkstatt": offene_werkstatt.ANSWERS,
}
PLANS: dict[str, Plan] = {
    "velvet-hour-live": Plan(
        (
            OpenPoll("Which lip does Inès paint next?", ("Poppy", "Fig", "Rosewood", "Terracotta"), 45),
            OpenPoll("When do you take your make-up off?", ("At the door", "Before bed", "Ask me tomorrow"), 45),
            OpenPoll("One thing for a desert island?", ("A red lipstick", "The lip oil", "Just the serum"), 45),
            OpenPoll("Next show: what shall we open?", ("The perfume cabinet", "The brush drawer", "Old favourites"), 45),
        ),
        (
            "Tonight only: a 1.5 ml vial of No. 4 in every parcel.",
            "Refills cost a quarter less than the case. Ask for one in the chat.",
            "Rain and smoke, tomorrow evening with Tomasz: set your reminder on the programme page.",
        ),
    ),
    "offene-werkstatt": Plan(
        (
            OpenPoll("Was dreht Lene als Nächstes?", ("Eine Teekanne", "Eine Salatschüssel", "Einen Kerzenhalter"), 45),
            OpenPoll("Kaffee oder Tee im Morgen-Becher?", ("Kaffee", "Tee", "Kakao, natürlich"), 45),
        ),
        (
            "Heute bestellt, am Montag verpackt: mit doppelter Lage Holzwolle.",
            "Der erste Brand im Advent: Übermorgen öffnen wir gemeinsam den Ofen.",
        ),
    ),
}  # fmt: skip
MEMBERS_MAX = 8  # of each cast: the first ones have accounts


def answers_of(slug: str) -> Mapping[str, str]:
    """Return the answer in writing to each question of a show."""
    piles = ANSWERS[slug].values()
    return {question: answer for pile in piles for question, answer in pile.items()}
