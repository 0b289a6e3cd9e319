"""Whether a program listens to a show, and what it writes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings as DjangoSettings

from showfloor.accounts.models import Brand, User
from showfloor.captions import listening, queries
from showfloor.captions.models import SpokenLanguage
from showfloor.community.safety.models import AuditEntry
from showfloor.kernel.clock import iso_ms, utc_now
from showfloor.kernel.errors import NotFound
from showfloor.kernel.settings import load
from showfloor.media.listening.ports import Said
from showfloor.roles import doctor
from showfloor.roles.caption_listening import wrong_with
from showfloor.shows import services as shows
from showfloor.shows.models import Show
from tests.support.shows import Caller, make_show, started_before


@pytest.fixture
def live_show(brand: Brand, producer: User) -> Show:
    return started_before(shows.start(make_show(brand), producer), 60)


@pytest.fixture
def model(settings: DjangoSettings) -> None:
    settings.SHOWFLOOR = replace(settings.SHOWFLOOR, captions_model="/models/small")


@pytest.mark.usefixtures("model")
def test_producer_has_a_program_listen_and_stops_it(
    live_show: Show, producer: User, moderator: User
) -> None:
    path = f"/shows/{live_show.slug}/caption-listening"
    for stranger in (Caller(), Caller(user=moderator)):
        assert stranger.call("PUT", path, {"language": "de"})[0] in {401, 403}
    staff = Caller(user=producer)
    assert staff.call("PUT", path, {"language": "klingon"})[1]["field"] == "language"
    assert listening.wanted(live_show.channel_id) == ""
    assert staff.call("PUT", path, {"language": "DE"}) == (200, {"language": "de"})
    assert staff.call("PUT", path, {"language": "de"})[0] == 200
    assert listening.wanted(live_show.channel_id) == "de"
    assert listening.wanted("another") == ""
    lines = AuditEntry.objects.for_brand(live_show.brand_id).filter(action="captions.listening")
    assert [line.detail for line in lines] == [{"language": "de"}]  # it wakes the process
    assert staff.call("PUT", path, {"language": ""}) == (200, {"language": ""})
    assert listening.wanted(live_show.channel_id) == ""


def test_server_without_a_model_listens_to_nothing(live_show: Show, producer: User) -> None:
    with pytest.raises(NotFound):
        listening.listen(live_show, "de", producer)
    SpokenLanguage(show=live_show, language="de").save()
    assert listening.wanted(live_show.channel_id) == ""


def test_words_that_were_heard_are_captions_at_their_picture(live_show: Show) -> None:
    at = utc_now() - timedelta(seconds=2)
    said = Said("x-1", "Nummer fünf", at, at + timedelta(seconds=1))
    assert listening.say(live_show.channel_id, "de", said)
    (caption,) = queries.captions(live_show, "de")
    assert (caption["text"], caption["starts_at"]) == ("Nummer fünf", iso_ms(at))
    before = replace(said, cue_id="x-0", starts_at=at - timedelta(days=1))
    assert not listening.say(live_show.channel_id, "de", before)
    assert not listening.say("another", "de", said)


def test_model_that_cannot_be_is_said_at_the_start() -> None:
    assert wrong_with("/none") == "there is no model.bin in /none"
    (check,) = doctor._captions(load({"SHOWFLOOR_CAPTIONS_MODEL": "/none"}))
    assert (check.ok, check.name) == (False, "captions by this server")
    assert list(doctor._captions(load({}))) == []
