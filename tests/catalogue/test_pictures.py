"""Pictures of imported products: fetched from the open internet only, and made anew."""

import http.server
import logging
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar, override

import pytest
from PIL import Image, ImageCms
from pytest_django.fixtures import Settings

from showfloor.accounts.models import Brand
from showfloor.catalogue.fetching import Fetcher, NotFetched
from showfloor.catalogue.models import Product
from showfloor.catalogue.pictures import ATTEMPTS_MAX, fetch_next, remake
from showfloor.kernel.public_addresses import Address, is_public
from tests.catalogue.support import import_text, product

LOOPBACK = ip_address("127.0.0.1")


def png(width: int = 40, height: int = 30) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height), "#8c2f39").save(made, "PNG")
    return made.getvalue()


class Shop(http.server.BaseHTTPRequestHandler):
    """A shop's picture server."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        match self.path.partition("?")[0]:
            case "/a.png":
                self._answer(png())
            case "/text":
                self._answer(b"<html>hello</html>")
            case "/endless":
                self._endless()
            case "/silent":
                self._silent()
            case "/moved":
                self._redirect("/a.png")
            case "/round":
                self._redirect("/round")
            case "/inside":
                self._redirect("http://inside.test/secret")
            case "/file":
                self._redirect("file:///etc/passwd")
            case _:
                self.send_error(404)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.end_headers()

    def _silent(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.rfile.read(1)  # until the other side has had enough

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            return

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def shop() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    Shop.seen.clear()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://shop.test:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def resolve(host: str, port: int) -> list[Address]:
    """`shop.test` is the shop; everything else is somewhere inside."""
    return [LOOPBACK] if host == "shop.test" else [ip_address("10.0.0.7")]


def only_the_shop(address: Address) -> bool:
    return address == LOOPBACK


def fetcher() -> Fetcher:
    return Fetcher(resolve=resolve, allows=only_the_shop, any_port=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1",
    ],
)  # fmt: skip
def test_addresses_of_inner_networks_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111"])
def test_addresses_of_the_open_internet_are(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_picture_is_fetched_from_the_address_that_was_checked(shop: str) -> None:
    assert fetcher().fetch(f"{shop}/a.png?v=2") == png()
    assert Shop.seen == [("/a.png?v=2", shop.removeprefix("http://"))]


def test_a_name_is_asked_once_for_each_hop(shop: str) -> None:
    """A name that answers differently the second time (DNS rebinding) gains nothing."""
    answers = iter([[LOOPBACK], [ip_address("10.0.0.7")]])
    once = Fetcher(resolve=lambda _host, _port: next(answers), allows=only_the_shop, any_port=True)
    assert once.fetch(f"{shop}/a.png") == png()


def test_redirects_are_followed_and_checked_anew(shop: str) -> None:
    assert fetcher().fetch(f"{shop}/moved") == png()
    for path, reason in (
        ("/inside", "inside.test is not on the open internet"),
        ("/file", "not an http(s) address"),
        ("/round", "too many redirects"),
    ):
        with pytest.raises(NotFetched, match=reason.replace("(", r"\(").replace(")", r"\)")):
            fetcher().fetch(shop + path)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/a.png", "http://127.0.0.1/a.png", "http://[::1]/a.png",
        "http://0x7f000001/a.png", "http://2130706433/a.png", "http://127.1/a.png",
        "http://169.254.169.254/latest/meta-data/", "ftp://shop.test/a.png", "file:///etc/passwd",
        "http://93.184.216.34:22/", "http://user@93.184.216.34/a.png", "http:///a.png", "",
        "http://93.184.216.34/a b\r\nX: y", "http://[bad/a.png", "http://93.184.216.34:99999/",
    ],
)  # fmt: skip
def test_addresses_that_lead_inside_are_not_called(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*_args: object, **_more: object) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr("socket.create_connection", connect)
    with pytest.raises(NotFetched):
        Fetcher().fetch(url)


def test_a_host_with_one_inner_address_is_refused(shop: str) -> None:
    both = Fetcher(
        resolve=lambda _host, _port: [LOOPBACK, ip_address("10.0.0.7")],
        allows=only_the_shop,
        any_port=True,
    )
    with pytest.raises(NotFetched):
        both.fetch(f"{shop}/a.png")
    assert Shop.seen == []


def test_endless_answers_are_cut(shop: str) -> None:
    with pytest.raises(NotFetched, match="larger"):
        replace(fetcher(), bytes_max=1_000_000).fetch(f"{shop}/endless")


@pytest.mark.parametrize("path", ["/endless", "/silent"])
def test_slow_answers_are_cut(shop: str, path: str) -> None:
    with pytest.raises(NotFetched, match="took too long"):
        replace(fetcher(), bytes_max=10**12, deadline_s=0.2).fetch(shop + path)


def test_a_picture_is_made_anew_upright_and_no_larger_than_needed() -> None:
    made = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "secret"
    Image.new("RGB", (3200, 1600)).save(made, "JPEG", exif=exif)
    with Image.open(BytesIO(remake(made.getvalue()))) as image:
        assert (image.format, image.size) == ("WEBP", (800, 1600))
        assert not image.getexif()


@pytest.mark.parametrize("raw", [b"", b"<svg onload=x()>", png()[:60], b"GIF89a" + b"\0" * 40])
def test_file_that_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(NotFetched):
        remake(raw)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is so large: no more than its header is true."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    body = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(5_001, 5_000), (16_000, 16_000)])
def test_pictures_that_would_fill_the_memory_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(NotFetched, match="too many pixels"):
        remake(bomb(*size))


def test_picture_keeps_its_colour_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = BytesIO()
    Image.new("RGB", (40, 30)).save(made, "JPEG", icc_profile=profile)
    with Image.open(BytesIO(remake(made.getvalue()))) as image:
        assert image.info["icc_profile"] == profile


def csv(shop: str, path: str) -> str:
    return f"Handle,Title,Variant SKU,Variant Price,Image Src\na,A,A,5,{shop}{path}\n"


def test_an_imported_product_gets_its_picture(
    brand: Brand, shop: str, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    import_text(brand, tmp_path, csv(shop, "/a.png"))
    assert fetch_next(fetcher())
    stored = product(brand, "a")
    assert stored.image.name == f"products/imported-{stored.pk}.webp"
    with Image.open(stored.image.path) as image:
        assert image.size == (40, 30)
    assert not fetch_next(fetcher())
    assert not import_text(brand, tmp_path, csv(shop, "/a.png")).changed

    import_text(brand, tmp_path, csv(shop, "/moved"))
    assert not product(brand, "a").image
    assert fetch_next(fetcher())
    assert product(brand, "a").image


def test_a_picture_that_a_person_chose_stays(brand: Brand, shop: str, tmp_path: Path) -> None:
    import_text(brand, tmp_path, csv(shop, "/a.png"))
    Product.objects.for_brand(brand).update(image="products/by-hand.png")
    import_text(brand, tmp_path, csv(shop, "/moved"))
    assert product(brand, "a").image.name == "products/by-hand.png"
    assert not fetch_next(fetcher())


def test_a_picture_that_is_not_there_is_tried_three_times(
    brand: Brand, shop: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import_text(brand, tmp_path, csv(shop, "/gone"))
    with caplog.at_level(logging.WARNING):
        assert [fetch_next(fetcher()) for _try in range(4)] == [True, True, True, False]
    assert product(brand, "a").image_attempts == ATTEMPTS_MAX
    assert caplog.text.count("reason=the server answered 404") == ATTEMPTS_MAX
    assert product(brand, "a").image_error == "the server answered 404"
    import_text(brand, tmp_path, csv(shop, "/a.png"))
    assert fetch_next(fetcher())
    assert product(brand, "a").image_error == ""
