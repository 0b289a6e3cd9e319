"""The kinds of entries that captions write on a show's timeline."""

from typing import NotRequired, TypedDict

from showfloor.timeline.kinds import EntryKind, Release


class CaptionShown(TypedDict):
    """Words from the picture at `starts_at` to the one at `ends_at` (ISO 8601, milliseconds). A
    correction replaces `text`; after a removal only `caption_id` is left."""

    caption_id: str
    language: NotRequired[str]  # BCP 47
    text: NotRequired[str]
    starts_at: NotRequired[str]
    ends_at: NotRequired[str]


class CaptionChanged(TypedDict):
    """`text` null: the caption is gone. `caption_id` empty: a later change has replaced this one,
    and its words are gone."""

    caption_id: str
    text: str | None


class CaptionsImported(TypedDict):
    language: str


KINDS = (
    EntryKind("caption.shown", Release.PICTURE, True, CaptionShown, "What is said here."),
    EntryKind(
        "caption.changed", Release.NOW, False, CaptionChanged,
        "A caption was corrected or taken away.",
    ),
    EntryKind(
        "captions.imported", Release.NOW, False, CaptionsImported,
        "A file gave this language other captions: read the list again.",
    ),
)  # fmt: skip
