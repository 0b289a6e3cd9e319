"""Rules for a multivariant playlist."""

from collections.abc import Iterator
from typing import Final

from showfloor.hls_check.findings import Finding, error, hint, warning
from showfloor.hls_check.playlist import Playlist, Tag

NO_VARIANT: Final = error("no-variant", "4.4.6.2", "a multivariant playlist has variants")
NO_VARIANT_URI: Final = error("no-variant-uri", "4.4.6.2", "an address follows each variant")
NO_BANDWIDTH: Final = error("no-bandwidth", "4.4.6.2", "each variant has a BANDWIDTH")
AVERAGE: Final = error("average-above-peak", "4.4.6.2", "AVERAGE-BANDWIDTH is at most BANDWIDTH")
NO_CODECS: Final = warning("no-codecs", "4.4.6.2", "each variant names its CODECS")
NO_RESOLUTION: Final = hint("no-resolution", "4.4.6.2", "a variant with video has a RESOLUTION")
NO_FRAME_RATE: Final = hint("no-frame-rate", "4.4.6.2", "a variant with video has a FRAME-RATE")
NO_GROUP: Final = error("no-group", "4.4.6.2", "a group that a variant names exists")
MEDIA_INCOMPLETE: Final = error(
    "media-incomplete", "4.4.6.1", "EXT-X-MEDIA has TYPE, GROUP-ID, NAME"
)
MEDIA_URI: Final = error(
    "media-uri", "4.4.6.1", "SUBTITLES have an address, CLOSED-CAPTIONS have none"
)
AUTOSELECT: Final = error("autoselect", "4.4.6.1", "a default rendition is selected by itself")
FORCED: Final = error("forced", "4.4.6.1", "SUBTITLES alone can be FORCED")
NO_LANGUAGE: Final = hint("no-language", "4.4.6.1", "SUBTITLES tell their LANGUAGE")
NAME_TWICE: Final = error("name-twice", "4.4.6.1.1", "a group has each NAME once")
STEERING_URI: Final = error("steering-uri", "4.4.6.6", "content steering has a SERVER-URI")
PATHWAY: Final = error("pathway", "4.4.6.6", "the first PATHWAY-ID is one of the variants'")
RULES: Final = (
    NO_VARIANT, NO_VARIANT_URI, NO_BANDWIDTH, AVERAGE, NO_CODECS, NO_RESOLUTION, NO_FRAME_RATE,
    NO_GROUP, MEDIA_INCOMPLETE, MEDIA_URI, AUTOSELECT, FORCED, NO_LANGUAGE, NAME_TWICE,
    STEERING_URI, PATHWAY,
)  # fmt: skip

_GROUPS: Final = {"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"}
_SOUND_CODECS: Final = ("mp4a", "ac-3", "ec-3", "Opus", "opus", "fLaC", "alac")


def check(playlist: Playlist) -> Iterator[Finding]:
    if not playlist.variants:
        yield Finding(NO_VARIANT, playlist.url)
    for variant in playlist.variants:
        if not variant.uri:
            yield Finding(NO_VARIANT_URI, playlist.url, variant.tag.line)
        yield from _variant(playlist, variant.tag)
    yield from _media(playlist)
    yield from _steering(playlist)


def has_video(variant: Tag) -> bool:
    """Return whether a variant may have pictures: its codecs are unknown, or not all of sound."""
    codecs = [codec.strip() for codec in variant.text("CODECS").split(",") if codec.strip()]
    return not codecs or not all(codec.startswith(_SOUND_CODECS) for codec in codecs)


def _variant(playlist: Playlist, tag: Tag) -> Iterator[Finding]:
    def found(rule_broken: bool, finding: Finding) -> Iterator[Finding]:
        if rule_broken:
            yield finding

    url, line = playlist.url, tag.line
    bandwidth, average = tag.number("BANDWIDTH"), tag.number("AVERAGE-BANDWIDTH")
    yield from found(bandwidth is None, Finding(NO_BANDWIDTH, url, line))
    yield from found(
        average is not None and bandwidth is not None and average > bandwidth,
        Finding(AVERAGE, url, line),
    )
    yield from found(not tag.text("CODECS"), Finding(NO_CODECS, url, line))
    if has_video(tag):
        yield from found("RESOLUTION" not in tag.attributes, Finding(NO_RESOLUTION, url, line))
        yield from found("FRAME-RATE" not in tag.attributes, Finding(NO_FRAME_RATE, url, line))
    groups = {(m.text("TYPE"), m.text("GROUP-ID")) for m in playlist.all("EXT-X-MEDIA")}
    for kind in sorted(_GROUPS & set(tag.attributes)):
        named = tag.text(kind)
        is_none = kind == "CLOSED-CAPTIONS" and named == "NONE"
        yield from found(
            (kind, named) not in groups and not is_none,
            Finding(NO_GROUP, url, line, f"{kind}={named}"),
        )


def _media(playlist: Playlist) -> Iterator[Finding]:
    names: set[tuple[str, str, str]] = set()
    for tag in playlist.all("EXT-X-MEDIA"):
        kind = tag.text("TYPE")
        missing = [name for name in ("TYPE", "GROUP-ID", "NAME") if not tag.text(name)]
        if missing:
            yield Finding(MEDIA_INCOMPLETE, playlist.url, tag.line, ", ".join(missing))
        has_uri = "URI" in tag.attributes
        if (kind == "SUBTITLES" and not has_uri) or (kind == "CLOSED-CAPTIONS" and has_uri):
            yield Finding(MEDIA_URI, playlist.url, tag.line, kind)
        if tag.is_yes("DEFAULT") and tag.text("AUTOSELECT") == "NO":
            yield Finding(AUTOSELECT, playlist.url, tag.line, tag.text("NAME"))
        if "FORCED" in tag.attributes and kind != "SUBTITLES":
            yield Finding(FORCED, playlist.url, tag.line, kind)
        if kind == "SUBTITLES" and not tag.text("LANGUAGE"):
            yield Finding(NO_LANGUAGE, playlist.url, tag.line, tag.text("NAME"))
        name = (kind, tag.text("GROUP-ID"), tag.text("NAME"))
        if name in names:
            yield Finding(NAME_TWICE, playlist.url, tag.line, tag.text("NAME"))
        names.add(name)


def _steering(playlist: Playlist) -> Iterator[Finding]:
    tag = playlist.first("EXT-X-CONTENT-STEERING")
    if tag is None:
        return
    if not tag.text("SERVER-URI"):
        yield Finding(STEERING_URI, playlist.url, tag.line)
    first = tag.text("PATHWAY-ID")
    pathways = {variant.tag.text("PATHWAY-ID") or "." for variant in playlist.variants}
    if first and first not in pathways:
        yield Finding(PATHWAY, playlist.url, tag.line, first)
