"""The words for the state of restreams: where they go, what is wrong and its remedy."""

from collections.abc import Iterable
from typing import Final, TypedDict

from django.utils.translation import gettext, gettext_noop

from showfloor.media.diagnostics.restream_status import (
    RestreamFault,
    RestreamState,
    RestreamStatus,
)
from showfloor.restreams.queries import RestreamRow

# `%(detail)s`: a word of the destination's own, or of the network.
_RESTREAM_FAULTS: Final = {
    RestreamFault.ADDRESS: (
        gettext_noop("The address leads nowhere on the open internet (%(detail)s)."),
        gettext_noop(
            "Look at the address in the back office. A server in your own network has to be named "
            "in SHOWFLOOR_RESTREAM_NETWORKS."
        ),
    ),
    RestreamFault.UNREACHABLE: (
        gettext_noop("The destination cannot be reached."),
        gettext_noop("Look at its address and port, and whether a firewall lets this server out."),
    ),
    RestreamFault.TLS: (
        gettext_noop("The destination's certificate is not valid (%(detail)s)."),
        gettext_noop("Look at the address: does the platform name another one for rtmps?"),
    ),
    RestreamFault.SILENT: (
        gettext_noop("The destination does not answer."),
        gettext_noop("Look at its address, and at the platform's own page of disturbances."),
    ),
    RestreamFault.PROTOCOL: (
        gettext_noop("The destination does not speak RTMP."),
        gettext_noop("Copy the address from the platform again."),
    ),
    RestreamFault.REJECTED: (
        gettext_noop("The destination refuses the stream. %(detail)s"),
        gettext_noop(
            "Copy the stream key from the platform again, and look whether a broadcast is open "
            "there and nothing else sends to it."
        ),
    ),
    RestreamFault.CUT: (
        gettext_noop("The destination has ended the connection."),
        gettext_noop("Look at the platform's page of the broadcast; it may have been ended there."),
    ),
    RestreamFault.STALLED: (
        gettext_noop("The destination has stopped taking the stream."),
        gettext_noop("Look at the server's up-link, and send at a lower bit rate if it is full."),
    ),
    RestreamFault.SOUND: (
        gettext_noop("The sound cannot be converted for it: it gets the picture alone."),
        gettext_noop("The server's log says why."),
    ),
    RestreamFault.KEY: (
        gettext_noop("The stream key can't be opened any more: the server's secret has changed."),
        gettext_noop("Enter the stream key again in the back office."),
    ),
}
_RESTREAM_STATES: Final = {
    RestreamState.WAITING: gettext_noop("Goes out when the show is live and has a picture."),
    RestreamState.CONNECTING: gettext_noop("Connecting"),
    RestreamState.LIVE: gettext_noop("Live, %(kbps)d kbit/s"),
    RestreamState.SLATE: gettext_noop(
        "The encoder is away: viewers there see the curtain picture, for %(left_s)d s more."
    ),
}
_SLATE_ADVICE: Final = gettext_noop(
    "Let the encoder connect again with the same picture size; the broadcast there goes on then."
)
_RESTREAM_SLOW: Final = (
    gettext_noop("It is too slow for the stream: %(skipped)d pictures and sounds were left out."),
    gettext_noop("Send at a lower bit rate, or look at the server's up-link."),
)


class ShownRestream(TypedDict):
    """A destination beside a show, in words."""

    destination_id: str
    name: str
    host: str
    is_wanted: bool
    state: str  # off, waiting, connecting, live, slate, failed
    since: str
    attempts: int
    words: str
    advice: str


def restream_rows(rows: Iterable[RestreamRow]) -> list[ShownRestream]:
    """In the language of who asks."""
    return [_restream_row(row) for row in rows]


def _restream_row(row: RestreamRow) -> ShownRestream:
    status = row.status
    words, advice = _restream_words(status) if status is not None else ("", "")
    return {
        "destination_id": row.destination_id, "name": row.name, "host": row.host,
        "is_wanted": row.is_wanted, "state": status.state if status is not None else "off",
        "since": status.since if status is not None else "",
        "attempts": status.attempts if status is not None else 0,
        "words": words, "advice": advice,
    }  # fmt: skip


def _restream_words(status: RestreamStatus) -> tuple[str, str]:
    values = {
        "detail": status.detail,
        "kbps": status.kbps,
        "skipped": status.skipped,
        "left_s": status.slate_left_s,
    }
    if status.state == RestreamState.FAILED:
        words, advice = _RESTREAM_FAULTS[RestreamFault(status.fault)]
        return (gettext(words) % values).strip(), gettext(advice)
    told = gettext(_RESTREAM_STATES[RestreamState(status.state)]) % values
    if status.fault:
        mute, advice = _RESTREAM_FAULTS[RestreamFault(status.fault)]
        return f"{told}. {gettext(mute) % values}", gettext(advice)
    if status.state == RestreamState.SLATE:
        return told, gettext(_SLATE_ADVICE)
    if status.state == RestreamState.LIVE and status.skipped:
        slow, advice = _RESTREAM_SLOW
        return f"{told}. {gettext(slow) % values}", gettext(advice)
    return told, ""
