"""`showfloor doctor`: the checks of this machine, in words."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import imageio_ffmpeg
from django.db import DatabaseError, connection

from showfloor.adapters.ffmpeg import video_encoders
from showfloor.adapters.filesystem.disk import free_bytes
from showfloor.adapters.nats.probe import reach
from showfloor.adapters.stripe import keys as stripe_keys
from showfloor.checkout import payment_keys
from showfloor.checkout.payment_models import PaymentAccount, PaymentMode
from showfloor.checkout.services import payment_accounts
from showfloor.fulfilment.documents import failures
from showfloor.kernel.errors import Conflict
from showfloor.kernel.settings import Settings
from showfloor.media.encoding import ladder
from showfloor.replays import moving
from showfloor.roles import caption_listening, object_storage
from showfloor.roles.start_checks import pending_migrations
from showfloor.site import dashboard
from showfloor.site.dashboard import Step

SHOW_HOURS_MIN = 1.0
_FFMPEG_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; `detail` says the finding or the remedy."""

    name: str
    ok: bool
    detail: str

    def as_text(self) -> str:
        return f"{'ok     ' if self.ok else 'MISSING'} {self.name}: {self.detail}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings) -> list[Check]:
    """Run all checks; none of them changes anything."""
    return [
        _python(),
        _ffmpeg(),
        _encoder(settings),
        _disk(settings),
        *_object_storage(settings),
        *_captions(settings),
        _database(),
        *_payments(settings),
        *_selling(),
        *_documents(),
        *(_nats(server) for server in settings.nats_url),
        _port("web port", settings.host, settings.port, "PORT"),
        _port("RTMP port", settings.host, settings.rtmp_port, "RTMP_PORT"),
        *_rtmps(settings),
    ]


def _rtmps(settings: Settings) -> Iterator[Check]:
    if settings.rtmps_certificate:
        yield _port("RTMPS port", settings.host, settings.rtmps_port, "RTMPS_PORT")


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= (3, 12), f"{version} (3.12 or newer is needed)")


def _ffmpeg() -> Check:
    def look() -> str:
        exe = imageio_ffmpeg.get_ffmpeg_exe()
        listed = subprocess.run(  # noqa: S603 - our own wheel's executable
            [exe, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True,
            timeout=_FFMPEG_TIMEOUT_S,
        ).stdout  # fmt: skip
        missing = [name for name in ("libx264", "aac") if f" {name} " not in listed]
        if missing:
            raise RuntimeError(f"it cannot encode {' and '.join(missing)}")
        return "encodes H.264 and AAC"

    return _tried("FFmpeg", look)


def _encoder(settings: Settings) -> Check:
    """The encoder of the setting, tried, and those of graphics cards that would work."""
    name = settings.encoder
    wrong = video_encoders.complaint(video_encoders.chosen(name, settings.encoder_preset))
    working = [
        card for card, encoder in video_encoders.HARDWARE.items()
        if card != name and not video_encoders.complaint(encoder)
    ]  # fmt: skip
    others = f"{', '.join(working)} would work, too" if working else "no graphics card encodes here"
    detail = f"does not work on this machine: {wrong}" if wrong else "works"
    return Check(f"encoder {name}", not wrong, f"{detail}; {others} (SHOWFLOOR_ENCODER)")


def _disk(settings: Settings) -> Check:
    free = free_bytes(settings.media_dir)
    room = free - (settings.disk_reserve_mb << 20)
    hours = max(0.0, room / ladder.bytes_per_s(settings.ladder) / 3600)
    detail = (
        f"{free / 1024**3:.1f} GiB free in the data folder: {hours:.1f} hours of shows, and "
        f"{settings.disk_reserve_mb} MiB that recordings leave free (SHOWFLOOR_DISK_RESERVE_MB)"
    )
    return Check("disk", hours >= SHOW_HOURS_MIN, detail)


def _object_storage(settings: Settings) -> Iterator[Check]:
    if settings.s3_bucket:
        wrong = object_storage.wrong_with(settings)
        detail = wrong or "the bucket answers, and its keys can be listed"
        yield Check(f"object storage {settings.s3_bucket}", not wrong, detail)
    elif waiting := moving.missed():
        yield Check("object storage", False, f"{waiting} deletions wait: {moving.NO_STORE}")


def _captions(settings: Settings) -> Iterator[Check]:
    if settings.captions_model:
        wrong = caption_listening.wrong_with(settings.captions_model)
        detail = wrong or f"the model in {settings.captions_model} is there"
        yield Check("captions by this server", not wrong, detail)


def _database() -> Check:
    try:
        pending = pending_migrations()
    except (DatabaseError, Conflict) as error:
        return Check("database", False, str(error).strip().splitlines()[0])
    if pending:
        return Check("database", False, f"{pending} migrations to apply: run `showfloor migrate`")
    return Check("database", True, f"{connection.vendor}, up to date")


def _payments(settings: Settings) -> list[Check]:
    """The accounts of brands, and the provider of the installation where a brand has none."""
    try:
        accounts = list(payment_accounts.active())
        is_complete = payment_accounts.every_brand_has_one()
    except DatabaseError:  # the check of the database says it
        accounts, is_complete = [], False
    unreadable = {account.pk for account in payment_accounts.unreadable(accounts)}
    own = [_payment_account(one, is_readable=one.pk not in unreadable) for one in accounts]
    if is_complete:
        return own
    if settings.stripe_secret_key:
        return [_stripe_of_installation(settings), *own]
    if settings.payment_provider == "test":
        detail = (
            "the test provider takes no money, and its orders are not paid: for trying out only "
            "(SHOWFLOOR_PAYMENT_PROVIDER)"
        )
    else:
        detail = (
            "none set up, so nothing can be bought; `test` tries it out without money "
            "(SHOWFLOOR_PAYMENT_PROVIDER), the back office takes a brand's own account"
        )
    return [Check("payments", settings.payment_provider == "test" and settings.demo, detail), *own]


def _payment_account(account: PaymentAccount, *, is_readable: bool) -> Check:
    name = f"payments of {account.brand.slug}"
    if not is_readable:
        return Check(
            name, False,
            "its keys were stored under another SHOWFLOOR_SECRET_KEY: enter them anew in the back "
            "office, or set SHOWFLOOR_SECRET_KEY_PREVIOUS",
        )  # fmt: skip
    wrong = _unreachable(account)
    if wrong:
        return Check(name, False, f"{account}: {wrong}")
    if account.mode == PaymentMode.TEST:
        return Check(name, False, f"{account}, in test mode: no money moves")
    return Check(name, True, f"{account}, live; the key is taken")


def _unreachable(account: PaymentAccount) -> str:
    if account.provider != stripe_keys.NAME:
        return ""
    from showfloor.adapters.stripe import probe  # a second and 30 MB: only where used

    return probe.reach(payment_keys.unseal(account.sealed_keys).secret)


def _stripe_of_installation(settings: Settings) -> Check:
    from showfloor.adapters.stripe import probe

    wrong = probe.reach(settings.stripe_secret_key, settings.stripe_api_url or None)
    detail = wrong or "Stripe's test mode, which takes the key: no money moves"
    return Check("payments", False, f"{detail} (SHOWFLOOR_STRIPE_SECRET_KEY)")


def _selling() -> list[Check]:
    """What each brand lacks before it can sell, as its owner reads it in the back office."""
    try:
        return [_selling_of(slug, missing) for slug, missing in dashboard.missing_steps().items()]
    except DatabaseError:  # the check of the database says it
        return []


def _selling_of(slug: str, missing: Sequence[Step]) -> Check:
    detail = "; ".join(f"{step.title}: {step.why}" for step in missing)
    return Check(f"selling at {slug}", not missing, detail or "everything is there")


def _documents() -> list[Check]:
    """Orders whose invoice or credit note could not be made."""
    try:
        failed = failures.counts()
    except DatabaseError:  # the check of the database says it
        return []
    return [
        Check(
            f"documents of {slug}", False,
            f"{count} could not be made; the back office says why, below Invoices that failed",
        )
        for slug, count in failed.items()
    ]  # fmt: skip


def _nats(server: str) -> Check:
    name = f"NATS {server.rpartition('@')[2].removeprefix('nats://')}"  # never the password
    wrong = asyncio.run(reach(server))
    if not wrong:
        return Check(name, True, "answers")
    return Check(
        name, False,
        f"{wrong} (everything goes on without it, but processes hear of each other up to 2 s late)",
    )  # fmt: skip


def _port(name: str, host: str, port: int, setting: str) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Check(
                name, False, f"{port} is not free ({error.strerror}); choose another: {setting}"
            )
    return Check(name, True, f"{port} is free")


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return Check(name, False, str(error))
