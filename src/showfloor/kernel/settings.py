"""Every setting: an environment variable or a line in `.env`, typed, documented, checked at start.

`docs/reference/settings.md` is generated from this file (`make generated`).
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Final

from showfloor.kernel import setting_values as read


class SettingError(ValueError):
    """A setting that cannot be used; the sentence begins with the variable's name."""


def _option(name: str, default: str, parse: Callable[[str], Any], doc: str) -> Any:
    return field(metadata={"name": name, "default": default, "parse": parse, "doc": doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, in the order of the reference page."""

    data_dir: Path = _option(  # noqa: RUF009 - it is a dataclass field
        "SHOWFLOOR_DATA_DIR", "var", read.path,
        "Folder for everything the server keeps: database, recordings, uploads.",
    )  # fmt: skip
    database_url: str = _option(
        "DATABASE_URL", "", read.text,
        "`postgresql://user:password@host:5432/name`; empty for SQLite in the data folder.",
    )  # fmt: skip
    nats_url: tuple[str, ...] = _option(
        "SHOWFLOOR_NATS_URL", "", read.list,
        "`nats://[user:password@]host:4222`, several separated by commas: wakes the other "
        "processes of an installation at once. Empty: they look for themselves every 2 s.",
    )  # fmt: skip
    secret_key: str = _option(
        "SHOWFLOOR_SECRET_KEY", "", read.text,
        "Signs sessions, viewer tokens and stream keys. "
        "Empty: one is made and kept in the data folder.",
    )  # fmt: skip
    secret_key_previous: str = _option(
        "SHOWFLOOR_SECRET_KEY_PREVIOUS", "", read.text,
        "The key before a rotation: still accepted for verifying, never for signing.",
    )  # fmt: skip
    host: str = _option(
        "HOST", "127.0.0.1", read.text, "Address that the web and RTMP servers listen on."
    )
    port: int = _option("PORT", "8000", read.whole(0, 65535), "Port of the web server.")
    rtmp_port: int = _option("RTMP_PORT", "1935", read.whole(0, 65535), "Port of the RTMP ingest.")
    base_url: str = _option(
        "SHOWFLOOR_BASE_URL", "", read.text,
        "Public address of the site, without a slash at the end. Empty: `http://localhost:PORT`.",
    )  # fmt: skip
    rtmps_port: int = _option(
        "RTMPS_PORT", "1936", read.whole(0, 65535),
        "Port of RTMP in TLS, which listens when there is a certificate.",
    )  # fmt: skip
    rtmps_certificate: str = _option(
        "SHOWFLOOR_RTMPS_CERTIFICATE", "", read.text,
        "PEM file with the certificate for RTMPS and its chain. It is read again when it changes. "
        "Empty: no RTMPS. Say the address to encoders with `SHOWFLOOR_RTMP_URL=rtmps://…/live`.",
    )  # fmt: skip
    rtmps_key: str = _option(
        "SHOWFLOOR_RTMPS_KEY", "", read.text, "PEM file with the key of that certificate."
    )
    rtmp_url: str = _option(
        "SHOWFLOOR_RTMP_URL", "", read.text,
        "Public address for encoders. Empty: `rtmp://localhost:RTMP_PORT/live`.",
    )  # fmt: skip
    allowed_hosts: tuple[str, ...] = _option(
        "SHOWFLOOR_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", read.list,
        "Host names that the site answers to, separated by commas.",
    )  # fmt: skip
    trusted_proxies: int = _option(
        "SHOWFLOOR_TRUSTED_PROXIES", "0", read.whole(0, 5),
        "How many proxies in front set `X-Forwarded-For`; 0 takes the socket's own address.",
    )  # fmt: skip
    guests_per_network: int = _option(
        "SHOWFLOOR_GUESTS_PER_NETWORK", "500", read.whole(0, 1_000_000),
        "How many new guests one network (/24 or /64) may bring at once, and again in two minutes; "
        "what its guests share in votes and reactions goes by it. More for a hall with one line, "
        "0 for no limit.",
    )  # fmt: skip
    connections_per_network: int = _option(
        "SHOWFLOOR_CONNECTIONS_PER_NETWORK", "0", read.whole(0, 1_000_000),
        "How many connections, and requests under way, one network (an IPv4 address or an IPv6 "
        "/64) may have; 0: a quarter of what the process can open. More for a hall with one line. "
        "A proxy on this machine may open as many as it likes, and so may those that "
        "`SHOWFLOOR_TRUSTED_PROXIES` counts.",
    )  # fmt: skip
    checkouts_per_network: int = _option(
        "SHOWFLOOR_CHECKOUTS_PER_NETWORK", "200", read.whole(0, 1_000_000),
        "How many checkouts the guests of one network (/24 or /64) may have open at once before "
        "any of them has bought. Each purchase of the last hour makes room for four more; members, "
        "and guests who have bought before, are not counted. 0 for no limit.",
    )  # fmt: skip
    owners_need_mfa: bool = _option(
        "SHOWFLOOR_OWNERS_NEED_MFA", "0", read.flag,
        "Owners of brands (and superusers) need an authenticator app or a passkey: they can do "
        "nothing at their brand before they have set one up.",
    )  # fmt: skip
    purge_urls: tuple[str, ...] = _option(
        "SHOWFLOOR_PURGE_URLS", "", read.addresses,
        "Caches in front, as `http://host:port`, separated by commas: they are told (HTTP `PURGE`) "
        "what was taken back. Needed wherever a cache keeps `/timeline/`.",
    )  # fmt: skip
    origin_url: str = _option(
        "SHOWFLOOR_ORIGIN_URL", "", read.web_address,
        "`http://host:port` of `showfloor serve`, for `showfloor edge`: an edge passes `/hls/` on "
        "to it, equal requests of a moment as one. Empty: an edge serves the video of processes "
        "that have a `SHOWFLOOR_OWN_URL`.",
    )  # fmt: skip
    edge_urls: tuple[str, ...] = _option(
        "SHOWFLOOR_EDGE_URLS", "", read.addresses,
        "Addresses (`https://host`) at which viewers reach the edges, the preferred one first, "
        "separated by commas: players get the video from one, and go on with the next when it is "
        "gone (HLS content steering). Empty: from where the page is.",
    )  # fmt: skip
    own_url: str = _option(
        "SHOWFLOOR_OWN_URL", "", read.web_address,
        "`http://host:port` at which edges reach this very process, for `showfloor ingest` and a "
        "`serve` beside it: the edges find each show's video by it. Empty: they ask "
        "`SHOWFLOOR_ORIGIN_URL`.",
    )  # fmt: skip
    media_folder: str = _option(
        "SHOWFLOOR_MEDIA_DIR", "", read.text,
        "Folder of the recordings; processes that take streams share one. Empty: `media` in the "
        "data folder.",
    )  # fmt: skip
    debug: bool = _option(
        "SHOWFLOOR_DEBUG", "0", read.flag, "Django's debug pages. Never on a public machine."
    )
    demo: bool = _option(
        "SHOWFLOOR_DEMO",
        "0",
        read.flag,
        "Shows the demo's mail outbox and log-ins, and reads no `.env`. Set by `make demo`; "
        "nothing else serves the database of a demo.",
    )
    time_zone: str = _option(
        "SHOWFLOOR_TIME_ZONE", "Europe/Berlin", read.time_zone,
        "Time zone that a new brand begins with, and the back office's for staff of brands in "
        "several zones.",
    )  # fmt: skip
    email_url: str = _option(
        "EMAIL_URL", "", read.text,
        "`smtp://user:password@host:587` (STARTTLS), `smtps://…:465`, or "
        "`smtp+plain://localhost:25` for a relay on this machine. "
        "Empty: mails are written to the data folder, `mail/`.",
    )  # fmt: skip
    email_from: str = _option(
        "EMAIL_FROM", "", read.text,
        "Address that mails come from; the name beside it is the brand's. Empty: `shows@` and the "
        "host of `SHOWFLOOR_BASE_URL`.",
    )  # fmt: skip
    ladder: tuple[tuple[int, int], ...] = _option(
        "SHOWFLOOR_LADDER", "720:2500,480:1200,360:700,240:250", read.rungs,
        "Rungs as `height:kbit/s` (the shorter side of the picture); "
        "rungs above the source are left out.",
    )  # fmt: skip
    max_fps: int = _option(
        "SHOWFLOOR_MAX_FPS", "30", read.whole(10, 60), "Highest frame rate of a rung, frames/s."
    )
    encoder_preset: str = _option(
        "SHOWFLOOR_ENCODER_PRESET", "veryfast", read.text, "x264 preset: `ultrafast` … `medium`."
    )
    encoder: str = _option(
        "SHOWFLOOR_ENCODER", "x264", read.one_of("x264", "nvenc", "vaapi", "videotoolbox"),
        "What encodes the rungs: `x264` on every machine, or a graphics card's `nvenc` (NVIDIA), "
        "`vaapi` (Intel and AMD on Linux), `videotoolbox` (macOS). The start fails where the card "
        "does not do it; `showfloor doctor` says which one does.",
    )  # fmt: skip
    pass_top_rung: bool = _option(
        "SHOWFLOOR_PASS_TOP_RUNG", "0", read.flag,
        "Pass an encoder's picture through as the top rung, where it fits, and encode only the "
        "rungs below. A picture that breaks a rule is encoded, and the console says which. Several "
        "pictures of one encoder (multitrack) are always passed through.",
    )  # fmt: skip
    dvr_window_s: int = _option(
        "SHOWFLOOR_DVR_WINDOW_S", "600", read.whole(30, 14_400),
        "Length of the low-latency live window, s; beyond it players change to the rewind.",
    )  # fmt: skip
    unproven_delay_ms: int = _option(
        "SHOWFLOOR_UNPROVEN_DELAY_MS", "8000", read.whole(0, 15_000),
        "Scarce deals and ends of auctions: the longest delay, ms, that counts for a viewer whose "
        "media did not come from this process (a cache in front, a player of others). 0: a tap or "
        "bid counts as live.",
    )  # fmt: skip
    live_edge_viewers_max: int = _option(
        "SHOWFLOOR_LIVE_EDGE_VIEWERS_MAX", "500", read.whole(0, 5_000),
        "How many viewers this process gives each picture as it is made, half a second behind "
        "(staff, and all viewers of shows that ask for it); the others get low-latency HLS.",
    )  # fmt: skip
    keep_days: tuple[tuple[str, int], ...] = _option(
        "SHOWFLOOR_KEEP_DAYS", "", read.days,
        "How long single classes of rows are kept instead of the days in "
        "[retention](../operations.md#retention), as "
        "`carts:90,checkouts:14`.",
    )  # fmt: skip
    hold_ttl_s: int = _option(
        "SHOWFLOOR_HOLD_TTL_S", "600", read.whole(30, 7200),
        "How long checkout keeps stock for a buyer, s.",
    )  # fmt: skip
    waitlist_offer_s: int = _option(
        "SHOWFLOOR_WAITLIST_OFFER_S", "600", read.whole(60, 86_400),
        "How long a unit that came back is kept for a person of the waitlist, s.",
    )  # fmt: skip
    ingest_silence_s: float = _option(
        "SHOWFLOOR_INGEST_SILENCE_S", "5", read.real(1, 60),
        "A publisher that sends nothing, or no picture, for this long counts as gone, s.",
    )  # fmt: skip
    whip_ports: tuple[int, int] = _option(
        "SHOWFLOOR_WHIP_PORTS", "", read.port_range,
        "UDP ports for publishers by WebRTC (WHIP and the host's studio), like `50000-50099`; each "
        "publisher takes one for each address of the machine. Empty: any free port.",
    )  # fmt: skip
    whip_addresses: tuple[str, ...] = _option(
        "SHOWFLOOR_WHIP_ADDRESSES", "", read.ip_addresses,
        "IP addresses that publishers by WebRTC are told, separated by commas: the public one of a "
        "router or a container host that passes these ports on. Empty: the machine's own.",
    )  # fmt: skip
    ice_servers: tuple[str, ...] = _option(
        "SHOWFLOOR_ICE_SERVERS", "", read.ice_servers,
        "STUN and TURN servers that publishers are told, like "
        "`stun:stun.example:3478,turn:turn.example:3478?transport=udp`. A publisher behind a "
        "firewall that passes no UDP needs TURN.",
    )  # fmt: skip
    turn_secret: str = _option(
        "SHOWFLOOR_TURN_SECRET", "", read.text,
        "Secret shared with the TURN servers (coturn: `static-auth-secret`), which then let each "
        "publisher in for a day.",
    )  # fmt: skip
    srt_ports: tuple[int, int] = _option(
        "SHOWFLOOR_SRT_PORTS", "", read.port_range,
        "UDP ports for encoders that send by SRT, like `9000-9031`, one for each show that wants "
        "it. Empty: no SRT.",
    )  # fmt: skip
    srt_latency_ms: int = _option(
        "SHOWFLOOR_SRT_LATENCY_MS", "300", read.whole(20, 8000),
        "Time that SRT has to send lost packets anew, ms: four round trips of the line.",
    )  # fmt: skip
    restream_networks: tuple[IPv4Network | IPv6Network, ...] = _option(
        "SHOWFLOOR_RESTREAM_NETWORKS", "", read.networks,
        "Networks of your own to which shows may be restreamed, like `192.168.7.0/24`, with commas "
        "between: a mixer in the house. Other destinations must be on the open internet.",
    )  # fmt: skip
    restream_slate_s: float = _option(
        "SHOWFLOOR_RESTREAM_SLATE_S", "120", read.real(0, 3600),
        "How long restreams go on with the show's curtain picture after its last encoder has left, "
        "s; 0: they end at once.",
    )  # fmt: skip
    failover_loss_s: float = _option(
        "SHOWFLOOR_FAILOVER_LOSS_S", "1", read.real(0, 60),
        "Where a backup encoder sends, too: the source on air without a picture for this long "
        "gives way to the other one, s; 0: only when its connection ends.",
    )  # fmt: skip
    failover_black_s: float = _option(
        "SHOWFLOOR_FAILOVER_BLACK_S", "5", read.real(0, 600),
        "The same for a picture of one colour, s; 0: never.",
    )  # fmt: skip
    failover_still_s: float = _option(
        "SHOWFLOOR_FAILOVER_STILL_S", "10", read.real(0, 600),
        "The same for a frozen picture, s; 0: never.",
    )  # fmt: skip
    failover_silence_s: float = _option(
        "SHOWFLOOR_FAILOVER_SILENCE_S", "10", read.real(0, 600),
        "The same for digital silence, s; 0: never.",
    )  # fmt: skip
    failover_return_s: float = _option(
        "SHOWFLOOR_FAILOVER_RETURN_S", "10", read.real(1, 3600),
        "How long the primary encoder has to be without a fault before it is on air again, s. Each "
        "time that it falls again within a minute doubles the wait, up to 16 times.",
    )  # fmt: skip
    broadcasts_max: int = _option(
        "SHOWFLOOR_BROADCASTS_MAX", "0", read.whole(0, 200),
        "Broadcasts at once on this machine; one more is refused. 0: as many as its cores can "
        "encode, by what those that run take (two of the whole ladder on two cores, more of "
        "smaller pictures or of such that are passed through); a preview is refused, too, while "
        "the machine is behind with what it has.",
    )  # fmt: skip
    disk_reserve_mb: int = _option(
        "SHOWFLOOR_DISK_RESERVE_MB", "1024", read.whole(16, 1_000_000),
        "Space on the disk that recordings leave free, MiB: below it recording stops, while the "
        "live picture and the shop go on.",
    )  # fmt: skip
    recording_memory_mb: int = _option(
        "SHOWFLOOR_RECORDING_MEMORY_MB", "128", read.whole(1, 100_000),
        "Memory for what the recordings' disk does not take, MiB, for all shows together: while "
        "the disk is full or slow, the live picture goes on from it, and is recorded later. 128 "
        "hold about three minutes of one show.",
    )  # fmt: skip
    s3_bucket: str = _option(
        "SHOWFLOOR_S3_BUCKET", "", read.text,
        "Bucket of an S3-compatible storage to which recordings and their files move after a show; "
        "needs the extra `s3`. Empty: they stay on the disk. See "
        "[after the show](../after-the-show.md#object-storage).",
    )  # fmt: skip
    s3_prefix: str = _option(
        "SHOWFLOOR_S3_PREFIX", "", read.text,
        "What all keys in the bucket begin with, where others use it, too.",
    )  # fmt: skip
    s3_endpoint: str = _option(
        "SHOWFLOOR_S3_ENDPOINT", "", read.web_address,
        "Address of the storage, like `https://s3.example.org`. Empty: Amazon's own.",
    )  # fmt: skip
    s3_region: str = _option("SHOWFLOOR_S3_REGION", "", read.text, "Its region, if it has any.")
    s3_access_key: str = _option(
        "SHOWFLOOR_S3_ACCESS_KEY", "", read.text,
        "Access key. Empty: the machine's own role, or the standard variables of AWS.",
    )  # fmt: skip
    s3_secret_key: str = _option("SHOWFLOOR_S3_SECRET_KEY", "", read.text, "Its secret.")
    s3_after_h: int = _option(
        "SHOWFLOOR_S3_AFTER_H", "24", read.whole(0, 87_600),
        "How long a recording stays on the disk after its show, h: replays are watched most then.",
    )  # fmt: skip
    captions_model: str = _option(
        "SHOWFLOOR_CAPTIONS_MODEL", "", read.text,
        "Folder of a Whisper model for CTranslate2 (`model.bin`, `tokenizer.json`, …), with which "
        "this server writes captions of shows that want it; needs the extra `captions`. Empty: it "
        "does not listen. See [captions](../captions.md#by-a-program-on-this-server).",
    )  # fmt: skip
    payment_provider: str = _option(
        "SHOWFLOOR_PAYMENT_PROVIDER", "", read.payment_provider,
        "Payment provider of brands without a payment account of their own (back office): `test` "
        "takes no money, `stripe` is Stripe's test mode with the two keys below; both are for "
        "trying out, and every page of the console and the back office says so. Empty: `stripe` "
        "where the keys are set, else nothing can be bought.",
    )  # fmt: skip
    stripe_secret_key: str = _option(
        "SHOWFLOOR_STRIPE_SECRET_KEY", "", read.stripe_test_key("sk_test_", "rk_test_"),
        "Secret key of Stripe's test mode.",
    )  # fmt: skip
    stripe_publishable_key: str = _option(
        "SHOWFLOOR_STRIPE_PUBLISHABLE_KEY", "", read.stripe_test_key("pk_test_"),
        "Publishable key of Stripe's test mode.",
    )  # fmt: skip
    stripe_webhook_secret: str = _option(
        "SHOWFLOOR_STRIPE_WEBHOOK_SECRET", "", read.stripe_test_key("whsec_"),
        "Signing secret of the webhook to `/api/v1/webhooks/payments/stripe`. Empty: the server "
        "asks Stripe about open payments after 30 s instead.",
    )  # fmt: skip
    stripe_api_url: str = _option(
        "SHOWFLOOR_STRIPE_API_URL", "", read.web_address,
        "Address of a simulator of Stripe's API for the keys above, for tests. Empty: Stripe.",
    )  # fmt: skip
    vies_url: str = _option(
        "SHOWFLOOR_VIES_URL", "https://ec.europa.eu/taxation_customs/vies/rest-api",
        read.web_address,
        "The EU's register of VAT numbers, which is asked when a business enters its number.",
    )  # fmt: skip
    drand_url: str = _option(
        "SHOWFLOOR_DRAND_URL", "https://api.drand.sh", read.web_address_or_off,
        "A relay of drand, whose public randomness takes part in draws of giveaways. `off`: draws "
        "go without it, and say so.",
    )  # fmt: skip
    translate_url: str = _option(
        "SHOWFLOOR_TRANSLATE_URL", "", read.web_address,
        "A LibreTranslate (or what speaks like it) that translates chat messages for who asks. "
        "Empty: nothing is translated, and no message leaves this installation.",
    )  # fmt: skip
    translate_key: str = _option(
        "SHOWFLOOR_TRANSLATE_KEY", "", read.text, "Its `api_key`, if it wants one."
    )

    @property
    def site_url(self) -> str:
        return self.base_url or f"http://localhost:{self.port}"

    @property
    def ingest_url(self) -> str:
        return self.rtmp_url or f"rtmp://localhost:{self.rtmp_port}/live"

    @property
    def media_dir(self) -> Path:
        return read.path(self.media_folder) if self.media_folder else self.data_dir / "media"


def options() -> list[tuple[str, str, str]]:
    """Name, default and description of every setting, in order."""
    return [
        (f.metadata["name"], f.metadata["default"], f.metadata["doc"]) for f in fields(Settings)
    ]


# An old name that nobody reads would put the default in the place of what was chosen.
_RENAMED: Final = {"SHOWFLOOR_DEAL_UNPROVEN_DELAY_MS": "SHOWFLOOR_UNPROVEN_DELAY_MS"}


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from an environment; SettingError that begins with the variable's name."""
    for old, new in _RENAMED.items():
        if environ.get(old, "").strip():
            raise SettingError(f"{old}: it is called {new} now")
    values = {}
    for option in fields(Settings):
        name, parse = option.metadata["name"], option.metadata["parse"]
        raw = environ.get(name, "").strip() or option.metadata["default"]
        try:
            values[option.name] = parse(raw)
        except ValueError as error:
            raise SettingError(f"{name}: {error} (it is {raw!r})") from None
    return Settings(**values)


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines of a `.env` file; blank lines and `#` comments are passed over."""
    values: dict[str, str] = {}
    if not path.is_file():
        return values
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise SettingError(f"{path.name} line {number}: expected NAME=value")
        values[name.strip()] = value.strip().strip("'\"")
    return values


def from_process() -> Settings:
    """Settings of this process: `.env` in the working folder, overridden by the environment. A demo
    reads no `.env`: that is an installation's, with its database and its mail server."""
    if load(os.environ).demo:
        return load(os.environ)
    return load({**read_env_file(Path(".env")), **os.environ})
