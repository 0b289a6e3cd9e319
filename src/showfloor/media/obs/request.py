"""OBS's request for a configuration, read from JSON of any version; Invalid names a wrong field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Self

from showfloor.kernel.errors import Invalid

SIDE_MAX: Final = 16_384
RATE_MAX: Final = 1000
KBPS_MAX: Final = 10_000_000
NAME_MAX: Final = 200
NAMES_MAX: Final = 200
KEY_MAX: Final = 512  # characters of what the user has pasted, a query among them


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """`width`, `height`: of the picture that is sent, pixels; `fps`: frames/s of the canvas;
    `encoders`: the ids that this OBS has, empty where its version does not tell; `vendors`: PCI
    vendors of its graphics cards. None: the user has set no such limit."""

    key: str = field(repr=False)
    service: str
    schema: str
    width: int
    height: int
    fps: Fraction
    codecs: Sequence[str]
    encoders: Sequence[str]
    cores: int
    vendors: Sequence[int]
    kbps_max: int | None
    tracks_max: int | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Self:
        """Return the request; Invalid with the name of the field that is wrong."""
        client, preferences = _object(body, "client"), _object(body, "preferences")
        capabilities = _object(body, "capabilities")
        canvas, where = preferences, "preferences"
        if "canvases" in preferences:  # since OBS 31; the first one is the main canvas
            canvases = preferences["canvases"]
            where = "preferences.canvases"
            if not isinstance(canvases, list) or not canvases or not isinstance(canvases[0], dict):
                raise _wrong(where)
            canvas = canvases[0]
        rate = _object(canvas, "framerate", where)
        fps = Fraction(
            _whole(rate, "numerator", 10**9, where), _whole(rate, "denominator", 10**9, where)
        )
        if fps > RATE_MAX:
            raise _wrong(f"{where}.framerate")
        cpu = _object(capabilities, "cpu", "capabilities")
        gpus = capabilities.get("gpu") or []
        if not isinstance(gpus, list):
            raise _wrong("capabilities.gpu")
        return cls(
            _text(body, "authentication", KEY_MAX).partition("?")[0].strip(),
            _text(body, "service", NAME_MAX),
            _text(body, "schema_version", NAME_MAX),
            _whole(canvas, "width", SIDE_MAX, where), _whole(canvas, "height", SIDE_MAX, where),
            fps, _names(client, "supported_codecs"), _names(client, "supported_encoders"),
            _whole(cpu, "logical_cores", 10_000, "capabilities.cpu"),
            [one["vendor_id"] for one in gpus[:NAMES_MAX] if _has_vendor(one)],
            _limit(preferences, "maximum_aggregate_bitrate", KBPS_MAX),
            _limit(preferences, "maximum_video_tracks", NAMES_MAX),
        )  # fmt: skip


def _wrong(name: str) -> Invalid:
    return Invalid(f"{name} is missing or wrong.", field=name)


def _object(body: Mapping[str, Any], name: str, where: str = "") -> Mapping[str, Any]:
    value: Mapping[str, Any] = _of_type(body, name, where, lambda one: isinstance(one, dict))
    return value


def _whole(body: Mapping[str, Any], name: str, most: int, where: str) -> int:
    value: int = _of_type(body, name, where, lambda one: _is_whole(one) and 1 <= one <= most)
    return value


def _text(body: Mapping[str, Any], name: str, most: int) -> str:
    value: str = _of_type(body, name, "", lambda one: isinstance(one, str) and len(one) <= most)
    return value


def _of_type(
    body: Mapping[str, Any], name: str, where: str, is_right: Callable[[Any], bool]
) -> Any:
    value = body.get(name)
    if not is_right(value):
        raise _wrong(f"{where}.{name}".lstrip("."))
    return value


def _names(client: Mapping[str, Any], name: str) -> Sequence[str]:
    value = client.get(name) or []
    if not isinstance(value, list) or len(value) > NAMES_MAX:
        raise _wrong(f"client.{name}")
    return [one for one in value if isinstance(one, str) and len(one) <= NAME_MAX]


def _limit(preferences: Mapping[str, Any], name: str, most: int) -> int | None:
    if preferences.get(name) is None:
        return None
    return _whole(preferences, name, most, "preferences")


def _has_vendor(gpu: Any) -> bool:
    return isinstance(gpu, dict) and _is_whole(gpu.get("vendor_id"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
