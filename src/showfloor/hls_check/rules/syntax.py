"""Rules for the text of any playlist."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from showfloor.hls_check.findings import Finding, error, hint
from showfloor.hls_check.playlist import WITH_ATTRIBUTES, Playlist

FIRST_LINE: Final = error("first-line", "4.4.1.1", "the first line is #EXTM3U")
BYTE_ORDER_MARK: Final = error("byte-order-mark", "4.1", "a playlist has no byte order mark")
ATTRIBUTES: Final = error("attributes", "4.2", "attributes are NAME=value, separated by commas")
ATTRIBUTE_TWICE: Final = error("attribute-twice", "4.2", "a tag has each attribute once")
TAG_TWICE: Final = error("tag-twice", "4.4.3", "this tag stands once in a playlist")
TWO_KINDS: Final = error(
    "two-kinds", "4.1", "a playlist is a media playlist or a multivariant one, not both"
)
VERSION_LOW: Final = error("version-low", "8", "the version covers the tags that are used")
VERSION_HIGH: Final = hint("version-high", "6.2.1", "the version is no higher than needed")
RULES: Final = (
    FIRST_LINE, BYTE_ORDER_MARK, ATTRIBUTES, ATTRIBUTE_TWICE, TAG_TWICE, TWO_KINDS, VERSION_LOW,
    VERSION_HIGH,
)  # fmt: skip

_ONCE: Final = (
    "EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-PLAYLIST-TYPE",
    "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL",
    "EXT-X-SKIP", "EXT-X-CONTENT-STEERING", "EXT-X-INDEPENDENT-SEGMENTS",
)  # fmt: skip
_OF_MEDIA: Final = {"EXT-X-TARGETDURATION", "EXTINF", "EXT-X-PART", "EXT-X-MEDIA-SEQUENCE"}


def check(playlist: Playlist) -> Iterator[Finding]:
    text = playlist.text
    if text.startswith("\ufeff"):
        yield Finding(BYTE_ORDER_MARK, playlist.url, 1)
    if text.removeprefix("\ufeff").partition("\n")[0].removesuffix("\r") != "#EXTM3U":
        yield Finding(FIRST_LINE, playlist.url, 1)
    yield from _attributes(playlist)
    for name in _ONCE:
        for tag in playlist.all(name)[1:]:
            yield Finding(TAG_TWICE, playlist.url, tag.line, name)
    of_media = [tag for tag in playlist.tags if tag.name in _OF_MEDIA]
    if playlist.is_multivariant and of_media:
        yield Finding(TWO_KINDS, playlist.url, of_media[0].line, of_media[0].name)
    yield from _version(playlist)


def _attributes(playlist: Playlist) -> Iterator[Finding]:
    for tag in playlist.tags:
        if tag.name not in WITH_ATTRIBUTES:
            continue
        if not tag.is_well_formed:
            yield Finding(ATTRIBUTES, playlist.url, tag.line, tag.name)
        for name, count in Counter(tag.attribute_names).items():
            if count > 1:
                yield Finding(ATTRIBUTE_TWICE, playlist.url, tag.line, f"{tag.name} {name}")


def _version(playlist: Playlist) -> Iterator[Finding]:
    told = playlist.first("EXT-X-VERSION")
    version = int(playlist.number("EXT-X-VERSION") or 1)
    needed, why = needed_version(playlist)
    line = told.line if told else 0
    if version < needed:
        yield Finding(VERSION_LOW, playlist.url, line, f"{version}, but {why} needs {needed}")
    elif version > needed:
        yield Finding(VERSION_HIGH, playlist.url, line, f"{version}, needed: {needed}")


def needed_version(playlist: Playlist) -> tuple[int, str]:
    """Return the version that section 8 asks for, and the tag because of which it does."""
    needed, why = 1, ""
    for tag in playlist.tags:
        version = 1
        match tag.name:
            case "EXTINF":
                version = 3 if "." in tag.value.partition(",")[0] else 1
            case "EXT-X-KEY":
                version = 5 if {"KEYFORMAT", "KEYFORMATVERSIONS"} & set(tag.attributes) else 1
            case "EXT-X-SKIP":
                version = 10 if "RECENTLY-REMOVED-DATERANGES" in tag.attributes else 9
            case "EXT-X-DEFINE":
                version = 11 if "QUERYPARAM" in tag.attributes else 8
            case "EXT-X-BYTERANGE" | "EXT-X-I-FRAMES-ONLY":
                version = 4
            case "EXT-X-MAP":
                version = 6
        if any(name.startswith("REQ-") for name in tag.attribute_names):
            version = 12
        if version > needed:
            needed, why = version, tag.name
    return needed, why
