"""The pages after the show: the console's, and that of a clip."""

import html
import re

from django.test import Client

from showfloor.accounts import bans
from showfloor.accounts.models import Brand, Member, User
from showfloor.catalogue.models import Product
from showfloor.replays import file_job, services
from showfloor.replays.models import Clip, ReplayFile
from showfloor.shows.models import OpenTo, Show
from tests.support.media import T0
from tests.support.shows import product_ids

START = int(T0.timestamp() * 1000)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_producer_makes_a_clip_and_a_file_and_deletes_them(show: Show, producer: User) -> None:
    staff, path = signed_in(producer), f"/console/shows/{show.slug}/replay"
    page = staff.get(path).content.decode()
    assert "?start_s=0%3A02&amp;end_s=0%3A06" in page  # the moment of the product
    given = {"act": "clip", "title": "The <balm>", "start_s": "0:01", "end_s": "0:04,5"}
    wrong = staff.post(path, {**given, "end_s": "0:61"})
    assert wrong.status_code == 422
    assert "like 1:02:03 or 2:03" in wrong.content.decode()
    assert 'value="0:61"' in wrong.content.decode()  # nothing typed is lost
    assert staff.post(path, given).status_code == 302
    clip = Clip.objects.for_brand(show.brand_id).get()
    assert "The &lt;balm&gt;" in staff.get(path).content.decode()
    staff.post(path, {"act": "file", "kind": "video", "clip_id": clip.pk})
    assert "Look again" in staff.get(path).content.decode()
    assert file_job.make_next()
    page = staff.get(path).content.decode()
    assert "Look again" not in page
    (link,) = re.findall(r'href="([^"]+/replay/files/[^"]+)"', page)
    answer = staff.get(link)
    assert b"".join(answer)[4:8] == b"ftyp"
    assert answer["Content-Disposition"] == f'attachment; filename="{show.slug}-183001.mp4"'
    file = ReplayFile.objects.for_brand(show.brand_id).get()
    staff.post(path, {"act": "delete-file", "file_id": file.pk})
    staff.post(path, {"act": "delete-clip", "clip_id": clip.pk})
    assert not Clip.objects.for_brand(show.brand_id).exists()
    assert staff.get(link).status_code == 404
    assert staff.post(path, {"act": "file", "kind": "x"}).status_code == 422
    assert staff.post(path, {"act": "x"}).status_code == 404


def test_trim_is_typed_as_times_of_the_show(show: Show, producer: User) -> None:
    staff, path = signed_in(producer), f"/console/shows/{show.slug}/replay"
    staff.post(path, {"act": "trim", "trim_start": "0:02", "trim_end": ""})
    assert re.search(r'name="trim_start"[^>]* value="0:02"', staff.get(path).content.decode())
    show.refresh_from_db()
    assert show.replay_from is not None
    wrong = staff.post(path, {"act": "trim", "trim_start": "0:03", "trim_end": "0:01"})
    assert re.findall(r'name="(\w+)"[^>]*aria-invalid', wrong.content.decode()) == ["trim_end"]
    staff.post(path, {"act": "trim", "trim_start": "", "trim_end": ""})
    show.refresh_from_db()
    assert show.replay_from is None


def test_strangers_get_neither_page_nor_file(show: Show, moderator: User, stranger: User) -> None:
    file = services.order_file(show, "sound")
    file_job.make_next()
    for path in ("", f"/files/{file.pk}"):
        address = f"/console/shows/{show.slug}/replay{path}"
        assert Client().get(address).status_code == 302
        assert signed_in(moderator).get(address).status_code == 403
        assert signed_in(stranger).get(address).status_code in {403, 404}


def test_clip_has_a_page_with_its_product_and_a_preview_for_links(show: Show) -> None:
    clip = services.make_clip(show, "The balm & more", 1, 4.5)
    page = Client().get(f"/clips/{clip.pk}").content.decode()
    assert f'playlist="/hls/{show.slug}/cut/{START + 1000}-{START + 4500}/index.m3u8"' in page
    assert 'length="3.500"' in page
    assert '<meta property="og:title" content="The balm &amp; more">' in page
    assert f'content="http://testserver/clips/{clip.pk}"' in page or f"/clips/{clip.pk}" in page
    assert f"/shows/{show.slug}?t=1" in page
    (name,) = re.findall(r'sf-rowcard__title">([^<]+)<', page)
    assert (
        html.unescape(name)
        == Product.objects.for_brand(show.brand_id).get(pk=product_ids(show)[0]).name
    )
    Client().head(f"/clips/{clip.pk}")
    clip.refresh_from_db()
    assert clip.views == 1


def test_clip_of_a_show_for_some_leads_others_to_its_entrance(show: Show, producer: User) -> None:
    clip = services.make_clip(show, "x", 1, 4)
    Show.objects.for_brand(show.brand_id).update(open_to=OpenTo.TICKET)
    answer = Client().get(f"/clips/{clip.pk}")
    assert (answer.status_code, answer["Location"]) == (302, f"/shows/{show.slug}")
    page = signed_in(producer).get(f"/clips/{clip.pk}").content.decode()
    assert re.search(rf'playlist="/hls/{show.slug}/pass/[^/"]+/cut/', page)
    told = signed_in(producer).get(f"/clips/{clip.pk}/media").json()
    assert re.fullmatch(rf"/hls/{show.slug}/pass/[^/]+/", told["folder"])
    assert Client().get(f"/clips/{clip.pk}/media").status_code == 403
    clip.refresh_from_db()
    assert clip.views == 1
    Show.objects.for_brand(show.brand_id).update(published=False)
    assert Client().get(f"/clips/{clip.pk}").status_code == 404
    assert Client().get("/clips/none").status_code == 404


def test_banned_member_gets_no_pass_from_a_clip(show: Show, brand: Brand, stranger: User) -> None:
    clip = services.make_clip(show, "x", 1, 4)
    Show.objects.for_brand(show.brand_id).update(open_to=OpenTo.MEMBERS)
    member = Member(brand=brand, user=stranger, display_name="x")
    member.save()
    visitor = signed_in(stranger)
    assert visitor.get(f"/clips/{clip.pk}").status_code == 200
    bans.ban(brand.pk, str(member.subject), name="x", by=None)
    answer = visitor.get(f"/clips/{clip.pk}")
    assert (answer.status_code, answer["Location"]) == (302, f"/shows/{show.slug}")
    assert visitor.get(f"/clips/{clip.pk}/media").status_code == 403
