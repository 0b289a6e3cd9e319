"""Activation points, as they stand on the timeline."""

from typing import TypedDict

from showfloor.activations.kinds.registry import FormField
from showfloor.timeline.kinds import Delivery, EntryKind, Release


class ActivationOpened(TypedDict):
    """`kind`: appointment, sample, sign_up, download, link, answer. `consent`: the words of a box
    that has to be ticked; empty: none. `takes_max`: 0 for no limit. `minutes`, `time_zone`,
    `place`: of an appointment, else 0 and empty."""

    activation_id: str
    kind: str
    title: str
    text: str
    fields: list[FormField]
    consent: str
    consent_version: int
    takes_max: int
    per_person: int
    in_replay: bool
    minutes: int
    time_zone: str
    place: str


class ActivationTaken(TypedDict):
    """How many have taken part. `full`: slots that are over or taken, or
    `all` of a stock that is gone."""

    activation_id: str
    taken: int
    full: list[str]


class ActivationClosed(TypedDict):
    activation_id: str


KINDS = (
    EntryKind(
        "activation.opened", Release.PICTURE, True, ActivationOpened,
        "People can take part from the picture at `picture_at`.",
    ),
    EntryKind(
        "activation.taken", Release.NOW, False, ActivationTaken,
        "How many have taken part, and what is full.",
        Delivery.AGGREGATED,
    ),
    EntryKind(
        "activation.closed", Release.PICTURE, True, ActivationClosed,
        "It is taken down; later answers are refused at once.",
    ),
    EntryKind(
        "activation.withdrawn", Release.NOW, True, ActivationClosed,
        "It is taken back as if it had not been.",
    ),
)  # fmt: skip
