"""The encoders of OBS: which one makes the rungs, and the settings with which it makes them. Pure.

All settings say the same: H.264 of high profile at a constant bit rate, a key frame every two
seconds and at no scene cut, no B-frames.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from showfloor.media.encoding.capacity import PIXELS_PER_CORE_S
from showfloor.media.packaging.segmenter import SEGMENT_S
from showfloor.media.ports import Rung

NVIDIA, AMD = 0x10DE, 0x1002  # PCI vendors
X264_SHARE: Final = 0.5  # of the host's cores: OBS composes the picture and games run beside it


@dataclass(frozen=True, slots=True)
class ObsEncoder:
    """`id`: as OBS names it. `settings`: for one rung, beside what all encoders are told."""

    id: str
    settings: Mapping[str, Any]
    is_software: bool = False

    def configuration(self, rung: Rung) -> dict[str, Any]:
        """Return the entry of one rung in the answer."""
        everywhere = {
            "rate_control": "CBR", "bitrate": rung.kbps, "keyint_sec": SEGMENT_S, "profile": "high",
        }  # fmt: skip
        return {
            "type": self.id,
            "width": rung.width,
            "height": rung.height,
            "framerate": {"numerator": rung.fps.numerator, "denominator": rung.fps.denominator},
            "gpu_scale_type": "OBS_SCALE_BICUBIC",
            "colorspace": "VIDEO_CS_709",
            "range": "VIDEO_RANGE_PARTIAL",
            "format": "VIDEO_FORMAT_NV12",
            "settings": {**everywhere, **self.settings},
            "canvas_index": 0,
        }


_NVENC: Final[Mapping[str, Any]] = {
    "bf": 0, "lookahead": False, "preset": "p4", "preset2": "p4", "tune": "ll",
    "multipass": "disabled", "psycho_aq": True,
}  # fmt: skip
_X264: Final = ObsEncoder(
    "obs_x264",
    {
        "preset": "veryfast", "tune": "zerolatency", "bf": 0,
        "x264opts": "scenecut=0 bframes=0", "use_bufsize": False,
    },
    is_software=True,
)  # fmt: skip
# The best first. OBS 30 names NVIDIA's encoder as the second line, later versions as the first.
_HARDWARE: Final = (
    ObsEncoder("obs_nvenc_h264_tex", _NVENC),
    ObsEncoder("jim_nvenc", _NVENC),
    ObsEncoder("h264_texture_amf", {"bf": 0, "preset": "balanced"}),
    ObsEncoder("com.apple.videotoolbox.videoencoder.ave.avc", {"bframes": False}),
    ObsEncoder("obs_qsv11_v2", {"bframes": 0, "target_usage": "TU4"}),
)
_OF_VENDOR: Final = {NVIDIA: "jim_nvenc", AMD: "h264_texture_amf"}  # where OBS tells no ids


def choose(ids: Sequence[str], vendors: Sequence[int]) -> ObsEncoder:
    """Return the encoder: one of the card's, of those that OBS has, or else x264."""
    known = set(ids) or {_OF_VENDOR[one] for one in vendors if one in _OF_VENDOR}
    return next((one for one in _HARDWARE if one.id in known), _X264)


def fits(encoder: ObsEncoder, cores: int) -> Callable[[Sequence[Rung]], bool]:
    """Return whether the host's machine makes these rungs, as far as that can be known."""

    def check(rungs: Sequence[Rung]) -> bool:
        pixels = sum(rung.width * rung.height * float(rung.fps) for rung in rungs)
        return not encoder.is_software or pixels <= cores * X264_SHARE * PIXELS_PER_CORE_S

    return check
