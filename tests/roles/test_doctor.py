"""The check of NATS by `showfloor doctor`."""

from dataclasses import replace
from pathlib import Path

import pytest

from showfloor.adapters.ffmpeg import video_encoders
from showfloor.kernel.settings import SettingError, load
from showfloor.roles import doctor
from showfloor.roles.start_checks import require_encoder
from tests.support.live import free_port
from tests.support.nats import NatsServer


@pytest.mark.django_db
def test_it_knows_whether_each_nats_answers(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    server.start()
    away = f"nats://ana:secret@127.0.0.1:{free_port()}"
    try:
        settings = replace(load({}), data_dir=tmp_path, nats_url=(server.url, away))
        checks = [check for check in doctor.examine(settings) if check.name.startswith("NATS")]
    finally:
        server.stop()
    assert [check.ok for check in checks] == [True, False]
    assert checks[0].name == f"NATS 127.0.0.1:{server.port}"
    assert checks[0].detail == "answers"
    assert "goes on without it" in checks[1].detail
    assert "secret" not in str(checks)


@pytest.mark.django_db
def test_without_nats_there_is_nothing_to_say(tmp_path: Path) -> None:
    settings = replace(load({}), data_dir=tmp_path)
    assert not [check for check in doctor.examine(settings) if check.name.startswith("NATS")]


@pytest.mark.django_db
def test_disk_is_told_in_hours_of_shows(tmp_path: Path) -> None:
    settings = replace(load({}), data_dir=tmp_path, ladder=((720, 2500),))
    (disk,) = [check for check in doctor.examine(settings) if check.name == "disk"]
    assert "hours of shows, and 1024 MiB that recordings leave free" in disk.detail
    full = replace(settings, disk_reserve_mb=1_000_000_000)
    (disk,) = [check for check in doctor.examine(full) if check.name == "disk"]
    assert not disk.ok
    assert ": 0.0 hours of shows" in disk.detail


@pytest.mark.django_db
def test_encoder_of_a_card_that_is_not_there_is_tried_and_nothing_takes_its_place(
    tmp_path: Path,
) -> None:
    settings = replace(load({}), data_dir=tmp_path, encoder="videotoolbox")  # never on Linux
    [check] = [one for one in doctor.examine(settings) if one.name.startswith("encoder")]
    assert (check.name, check.ok) == ("encoder videotoolbox", False)
    assert check.detail.startswith("does not work on this machine: ")
    assert video_encoders.complaint(video_encoders.x264("veryfast")) == ""
    with pytest.raises(SettingError, match="SHOWFLOOR_ENCODER: videotoolbox does not work here"):
        require_encoder(settings)
    require_encoder(load({}))
    with pytest.raises(SettingError, match="must be one of x264, nvenc, vaapi, videotoolbox"):
        load({"SHOWFLOOR_ENCODER": "qsv"})
