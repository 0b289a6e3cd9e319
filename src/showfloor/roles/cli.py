"""The command line: four roles run until they are stopped; the other commands do one thing."""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from showfloor.audience import arguments as audience_arguments
from showfloor.hls_check import command as hls_command
from showfloor.kernel import settings as kernel_settings
from showfloor.kernel.errors import ShowfloorError, Unavailable
from showfloor.kernel.settings import SettingError, Settings

if TYPE_CHECKING:  # they need django.setup()
    from showfloor.accounts.models import Brand
    from showfloor.catalogue.importing.terminal import Terminal

type Command = Callable[[argparse.Namespace, Settings], int]

# A demo has a folder of its own, and reads no `.env` of a real installation.
DEMO_ENVIRON = {
    "SHOWFLOOR_DEMO": "1", "SHOWFLOOR_DATA_DIR": "var/demo", "SHOWFLOOR_PAYMENT_PROVIDER": "test",
    # Two shows, their audiences and the browsers that watch them share one machine.
    "SHOWFLOOR_LADDER": "720:2500,480:1100", "SHOWFLOOR_ENCODER_PRESET": "superfast",
}  # fmt: skip
_OF_THE_DEMO = {"showfloor_demo", "numpy"}  # packages of the extra `demo`
_PRIVATE = 0o077  # no other user of the machine reads databases, mails, keys or recordings


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 1 with a sentence on standard error when it failed."""
    arguments = parser().parse_args(argv)
    try:
        os.umask(_PRIVATE)
        for name, value in arguments.environ.items():
            os.environ.setdefault(name, value)
        settings = _set_up_django()
        command: Command = arguments.run
        return command(arguments, settings)
    except (SettingError, ShowfloorError) as error:
        print(f"showfloor: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    root = argparse.ArgumentParser(prog="showfloor", description="Open live shopping.")
    commands = root.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run, environ={})
        return sub

    command("serve", _serve, "serve everything in one process, until Ctrl-C")
    command("web", _beside("web"), "serve pages, API and console beside one `serve` (PostgreSQL)")
    command("ingest", _beside("ingest"), "take streams too, beside one `serve` (PostgreSQL)")
    command("edge", _beside("edge"), "serve the timelines beside one `serve` (PostgreSQL)")
    command("migrate", _migrate, "bring the database to this version's tables")
    command("restored", _migrated(_restored), "after a restored backup: have everyone begin anew")
    setup = command("setup", _migrated(_setup), "make a brand and its owner's account")
    setup.add_argument("--brand", required=True, help="the brand's name")
    setup.add_argument("--owner", required=True, metavar="EMAIL", help="the owner's e-mail address")
    feed = command(
        "import", _migrated(_import), "import products: Shopify CSV, Google Merchant XML or TSV"
    )
    feed.add_argument("file", type=Path)
    feed.add_argument("--brand", help="the brand's slug (not needed when there is one brand)")
    ways = feed.add_mutually_exclusive_group()
    ways.add_argument(
        "--dry-run", action="store_true", help="show how it was understood, and change nothing"
    )
    ways.add_argument("--yes", action="store_true", help="import without asking")
    feed.add_argument(
        "--decimal", choices=("point", "comma"),
        help="how the file writes decimals; without it, amounts with two readings are left out",
    )  # fmt: skip
    feed.add_argument(
        "--stock", choices=("changed", "counted"), default="changed",
        help="changed: move stock by the difference to the last file (default); "
        "counted: the file's numbers are of now, with every sale taken off",
    )  # fmt: skip
    feed.add_argument("--json", action="store_true", help="the report as JSON")
    move = _migrated(_beside("move_recordings"))
    command("move-recordings", move, "have recordings moved to the object storage now")
    command("find-recordings", _migrated(_beside("find_recordings")), "find them after a loss")
    doctor = command("doctor", _doctor, "check this machine and say what is missing")
    doctor.add_argument("--json", action="store_true", help="the report as JSON")
    audience_arguments.add_to(
        command("audience", _migrated(_audience), "an invented audience for a test show")
    )
    command("rehearse", _migrated(_rehearse), "the cast of a rehearsal").add_argument("rehearsal")
    hls_command.add_arguments(command("hls-check", hls_command.run, hls_command.TEXT))
    demo = command("demo", _demo, "a demo brand with a show that is live right now")
    demo.set_defaults(environ=DEMO_ENVIRON)
    return root


def _set_up_django() -> Settings:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "showfloor.site.settings")
    settings = kernel_settings.from_process()
    import django  # a wrong setting is said before Django is loaded

    django.setup()
    return settings


def _migrated(run: Command) -> Command:
    """Make a command fail with a sentence when this version's tables are missing."""

    def checked(arguments: argparse.Namespace, settings: Settings) -> int:
        from django.db import OperationalError

        from showfloor.roles import start_checks

        try:
            start_checks.require_migrated()
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise Unavailable(f"the database does not answer: {reason}") from None
        return run(arguments, settings)

    return checked


def _serve(_arguments: argparse.Namespace, settings: Settings) -> int:
    from showfloor.roles import serve  # needs django.setup()

    return serve.serve(settings)


def _beside(role: str) -> Command:
    """Return the command of a role that works beside `serve`; no role loads the code of another."""

    def run(_arguments: argparse.Namespace, settings: Settings) -> int:
        module = import_module(f"showfloor.roles.{role}")  # needs django.setup()
        return int(getattr(module, role)(settings))

    return run


def _migrate(_arguments: argparse.Namespace, _settings: Settings) -> int:
    from showfloor.roles import start_checks

    start_checks.migrate()
    return 0


def _restored(_arguments: argparse.Namespace, settings: Settings) -> int:
    from showfloor.timeline import restore

    for brand, renewed in restore.begin_anew_everywhere():
        print(
            f"{brand.name}: {renewed.timelines} timelines have a new epoch, "
            f"{renewed.streams} streams of persons new numbers"
        )
    caches = "all caches in front" if settings.purge_urls else "caches in front (none are set)"
    print(
        f"Viewers begin anew from a snapshot; {caches} are told to forget what is in the backup. "
        "What came after it they may still have: empty them. "
        "Running this again does no harm: everyone begins anew once more."
    )
    return 0


def _setup(arguments: argparse.Namespace, _settings: Settings) -> int:
    from showfloor.accounts import setup

    brand = setup.create_brand(arguments.brand, arguments.owner, _owner_password())
    print(f"{brand.name} is ready: sign in as {arguments.owner} at /console/")
    return 0


def _owner_password() -> str:
    """Read the password from the environment or, twice, from the terminal; else SettingError."""
    given = os.environ.get("SHOWFLOOR_OWNER_PASSWORD", "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise SettingError(
            "SHOWFLOOR_OWNER_PASSWORD: set it, because there is no terminal to ask for the password"
        )
    password = getpass.getpass("Owner's password (10 characters or more): ")
    if getpass.getpass("Once more: ") != password:
        raise SettingError("The two passwords differ; nothing was made")
    return password


def _import(arguments: argparse.Namespace, _settings: Settings) -> int:
    from showfloor.accounts import setup
    from showfloor.catalogue.importing.terminal import Terminal

    return import_products(setup.find_brand(arguments.brand), arguments, Terminal.of_process())


def import_products(brand: "Brand", arguments: argparse.Namespace, terminal: "Terminal") -> int:
    """Import the file that the arguments name, in a dialogue at `terminal`; the exit code."""
    from showfloor.catalogue.amounts import DECIMAL_SIGNS
    from showfloor.catalogue.importing import terminal as dialogue
    from showfloor.site import catalogue_import

    import_file = partial(
        catalogue_import.import_products, brand, arguments.file,
        counted=arguments.stock == "counted",
        decimal_sign=DECIMAL_SIGNS.get(arguments.decimal),
    )  # fmt: skip
    return dialogue.run(
        import_file, terminal, dry_run=arguments.dry_run, yes=arguments.yes, as_json=arguments.json
    )


def _audience(arguments: argparse.Namespace, settings: Settings) -> int:
    from showfloor.audience import command
    from showfloor.roles.http import own_address

    site, can_pay = own_address(settings, settings.port), settings.payment_provider == "test"
    return command.run(arguments, site, can_pay=can_pay)


def _rehearse(arguments: argparse.Namespace, settings: Settings) -> int:
    from showfloor.audience import rehearsal
    from showfloor.roles.http import own_address

    return rehearsal.run(arguments.rehearsal, own_address(settings, settings.port))


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    from showfloor.roles import doctor

    checks = doctor.examine(settings)
    if arguments.json:
        print(json.dumps([check.as_json() for check in checks], indent=2))
    else:
        print("\n".join(check.as_text() for check in checks))
    return 0 if all(check.ok for check in checks) else 1


def _demo(_arguments: argparse.Namespace, settings: Settings) -> int:
    try:
        from showfloor_demo import run
    except ModuleNotFoundError as error:
        if error.name not in _OF_THE_DEMO:
            raise
        raise Unavailable(
            "the demo is not installed: `pip install 'showfloor[demo]'` brings it "
            "(`make demo` does so in a clone)"
        ) from None
    return run.demo(settings)


if __name__ == "__main__":
    sys.exit(main())
