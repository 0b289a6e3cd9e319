"""What OBS is asked to make, by what its request says of its canvas, line and machine."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from showfloor.kernel.errors import Invalid
from showfloor.media.encoding.pass_plan import RATES
from showfloor.media.obs.answer import NotOffered, configuration, refusal
from showfloor.media.obs.request import ClientRequest

STEPS = ((720, 2500), (480, 1200), (360, 700), (240, 250))
REQUEST: dict[str, Any] = {  # OBS 32, but for what is not looked at
    "service": "IVS",
    "schema_version": "2025-01-25",
    "authentication": "sf_live_key?bandwidthtest=true",
    "client": {
        "name": "obs-studio", "version": "32.0.4", "supported_codecs": ["h264", "av1"],
        "supported_encoders": ["obs_x264", "obs_nvenc_h264_tex", "ffmpeg_aac"],
    },
    "capabilities": {
        "cpu": {"logical_cores": 16, "physical_cores": 8},
        "gpu": [{"model": "RTX", "vendor_id": 4318, "device_id": 1}],
    },
    "preferences": {
        "maximum_aggregate_bitrate": None, "maximum_video_tracks": None,
        "canvases": [{
            "width": 1920, "height": 1080, "canvas_width": 1920, "canvas_height": 1080,
            "framerate": {"numerator": 60, "denominator": 1},
        }],
    },
}  # fmt: skip


def request(path: str = "", value: object = None) -> dict[str, Any]:
    """The request with another value at a dotted path."""
    made: Any = deepcopy(REQUEST)
    if path:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place = made
        for step in way:
            place = place[step]
        place[last] = value
    return dict(made)


def answer(body: dict[str, Any], max_fps: int = 30) -> dict[str, Any]:
    return configuration(ClientRequest.parse(body), STEPS, max_fps, "rtmps://in.example/live")


def sizes(given: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["width"], one["height"]) for one in given["encoder_configurations"]]


def test_ladder_of_a_landscape_canvas_is_made_by_the_graphics_card() -> None:
    given = answer(REQUEST)
    assert given["status"] == {"result": "success", "html_en_us": ""}
    assert given["ingest_endpoints"] == [
        {
            "protocol": "RTMPS", "url_template": "rtmps://in.example/live/{stream_key}",
            "authentication": "sf_live_key-ladder",
        }
    ]  # fmt: skip
    assert sizes(given) == [(1280, 720), (854, 480), (640, 360), (426, 240)]
    top = given["encoder_configurations"][0]
    assert top["type"] == "obs_nvenc_h264_tex"
    assert top["framerate"] == {"numerator": 30, "denominator": 1}
    wanted = {"rate_control": "CBR", "bitrate": 2500, "keyint_sec": 2, "profile": "high", "bf": 0}
    assert wanted.items() <= top["settings"].items()
    assert given["audio_configurations"]["live"][0]["channels"] == 2


def test_portrait_canvas_of_an_old_obs_without_a_known_card_gets_x264() -> None:
    body = request("capabilities.gpu", [])
    del body["client"]["supported_encoders"]
    body["preferences"] = {
        "width": 1080, "height": 1920, "framerate": {"numerator": 25, "denominator": 1},
    }  # fmt: skip
    given = answer(body)
    assert sizes(given) == [(720, 1280), (480, 854), (360, 640), (240, 426)]
    assert {one["type"] for one in given["encoder_configurations"]} == {"obs_x264"}
    assert given["encoder_configurations"][0]["settings"]["x264opts"] == "scenecut=0 bframes=0"


@pytest.mark.parametrize(
    ("path", "value", "heights"),
    [
        ("preferences.maximum_aggregate_bitrate", 2400, [480, 360, 240]),
        ("preferences.maximum_aggregate_bitrate", 500, [240]),
        ("preferences.maximum_video_tracks", 2, [720, 240]),
        ("preferences.maximum_video_tracks", 1, [720]),
        ("preferences.canvases.0.height", 576, [480, 360, 240]),
    ],
)
def test_ladder_keeps_within_the_hosts_line_and_wishes(
    path: str, value: int, heights: list[int]
) -> None:
    assert [height for _width, height in sizes(answer(request(path, value)))] == heights


def test_ladder_of_a_weak_machine_without_a_card_begins_lower() -> None:
    body = request("client.supported_encoders", ["obs_x264"])
    body["capabilities"]["cpu"]["logical_cores"] = 1
    assert sizes(answer(body)) == [(854, 480), (640, 360), (426, 240)]


@pytest.mark.parametrize(
    ("numerator", "denominator", "max_fps", "rate"),
    [(60, 1, 60, 60), (60, 1, 30, 30), (50, 1, 30, 25), (120, 1, 60, 60), (24, 1, 30, 24)],
)
def test_rate_is_one_that_obs_makes_by_leaving_frames_out(
    numerator: int, denominator: int, max_fps: int, rate: int
) -> None:
    body = request(
        "preferences.canvases.0.framerate", {"numerator": numerator, "denominator": denominator}
    )
    top = answer(body, max_fps)["encoder_configurations"][0]
    assert top["framerate"] == {"numerator": rate, "denominator": 1}
    assert Fraction(rate) in RATES


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("client.supported_codecs", ["av1"], "no H.264 encoder"),
        (
            "preferences.canvases.0.framerate", {"numerator": 60_000, "denominator": 1001},
            "common FPS value.*59.94",
        ),
        ("preferences.maximum_aggregate_bitrate", 300, "300 kbit/s at most.*410 kbit/s"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_words_for_the_host(path: str, value: object, words: str) -> None:
    with pytest.raises(NotOffered, match=words):
        answer(request(path, value))


def test_refusal_is_an_answer_that_obs_shows() -> None:
    given = refusal(ClientRequest.parse(REQUEST), "a < b")
    assert given["status"] == {"result": "error", "html_en_us": "a &lt; b"}
    assert given["encoder_configurations"] == given["ingest_endpoints"] == []


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("authentication", None, "authentication"),
        ("authentication", "x" * 513, "authentication"),
        ("client", [], "client"),
        ("client.supported_codecs", "h264", "client.supported_codecs"),
        ("preferences.canvases", [], "preferences.canvases"),
        ("preferences.canvases.0.width", 0, "preferences.canvases.width"),
        ("preferences.canvases.0.height", True, "preferences.canvases.height"),
        ("preferences.canvases.0.framerate.denominator", 0, "preferences.canvases.denominator"),
        ("preferences.canvases.0.framerate.numerator", 10**6, "preferences.canvases.framerate"),
        ("preferences.maximum_video_tracks", -1, "preferences.maximum_video_tracks"),
        ("capabilities.cpu.logical_cores", "16", "capabilities.cpu.logical_cores"),
        ("capabilities.gpu", "RTX", "capabilities.gpu"),
    ],
)
def test_wrong_field_is_named(path: str, value: object, field: str) -> None:
    with pytest.raises(Invalid) as error:
        ClientRequest.parse(request(path, value))
    assert error.value.field == field
