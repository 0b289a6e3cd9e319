"""The conditions of serving, which a process checks first."""

import os
import stat
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from showfloor.accounts import installation
from showfloor.accounts.models import Brand, Installation, User
from showfloor.kernel.errors import Conflict
from showfloor.kernel.settings import Settings
from showfloor.roles import doctor, start_checks
from showfloor.roles.start_checks import BEFORE_SQUASH, require_servable
from tests.support.live import LiveServer
from tests.support.stripe_server import StripeServer

SETTINGS: Settings = django_settings.SHOWFLOOR


@pytest.mark.django_db(transaction=True)
def test_database_of_a_demo_is_served_by_a_demo_alone() -> None:
    require_servable(SETTINGS)
    installation.mark_as_demo()
    require_servable(replace(SETTINGS, demo=True))
    with pytest.raises(Conflict, match="this database is a demo's"):
        require_servable(SETTINGS)


@pytest.mark.django_db(transaction=True)
def test_database_that_lacks_migrations_is_not_served() -> None:
    applied = MigrationRecorder(connection).migration_qs
    gone = applied.filter(app="checkout").order_by("-name")[0]
    gone.delete()
    try:
        with pytest.raises(Conflict, match=r"lacks 1 migrations .* run `showfloor migrate`"):
            require_servable(SETTINGS)
    finally:
        gone.save(force_insert=True)
    require_servable(SETTINGS)


@pytest.mark.django_db(transaction=True)
def test_database_amid_migrations_that_are_one_now_is_sent_to_the_commit_before() -> None:
    applied = MigrationRecorder(connection).migration_qs.filter(app="checkout")
    kept = list(applied)
    applied.filter(name__in=["0020_downloads", "0001_squashed_0020_downloads"]).delete()
    too_old = rf"lacks checkout\.0020_downloads, .* Check out commit {BEFORE_SQUASH}"
    try:
        for start in (partial(require_servable, SETTINGS), start_checks.migrate):
            with pytest.raises(Conflict, match=too_old):
                start()
        assert doctor._database().detail.startswith("the database is too old for this version")
        applied.exclude(name="0001_initial").delete()  # even one alone tells its age
        with pytest.raises(Conflict, match=r"lacks checkout\.0002_kept_goods"):
            start_checks.migrate()
    finally:
        applied.all().delete()
        MigrationRecorder(connection).migration_qs.bulk_create(kept)
    require_servable(SETTINGS)


@pytest.mark.django_db(transaction=True)
def test_database_at_the_last_migration_before_they_became_one_goes_on() -> None:
    recorder = MigrationRecorder(connection).migration_qs
    squashed = recorder.filter(name__startswith="0001_squashed")
    kept = list(squashed)
    assert len(kept) > 10
    squashed.delete()
    require_servable(SETTINGS)
    start_checks.migrate(verbosity=0)
    assert {(one.app, one.name) for one in squashed.all()} == {(one.app, one.name) for one in kept}


@pytest.mark.django_db
def test_demo_takes_no_database_with_people_or_brands() -> None:
    User.objects.create_user("ana@example.test", "long-enough-password")
    with pytest.raises(Conflict, match="no demo"):
        installation.mark_as_demo()
    User.objects.all().delete()
    Brand.objects.create(slug="maison", name="Maison")
    with pytest.raises(Conflict, match="no demo"):
        installation.mark_as_demo()
    assert not Installation.objects.exists()


@pytest.mark.django_db
def test_demo_knows_its_own_database_again(brand: Brand) -> None:
    Installation.objects.create(is_demo=True)
    installation.mark_as_demo()
    assert installation.is_demo()


def environ_of(command: str, folder: Path, **environ: str) -> dict[str, str]:
    """The settings that a command of the command line would work with."""
    program = "\n".join([
        "import sys",
        "from showfloor.kernel import settings",
        "from showfloor.roles import cli",
        "cli._set_up_django = settings.from_process",
        "shown = ('data_dir', 'database_url', 'email_url', 'payment_provider')",
        f"cli._{command} = lambda _a, s: print(*(getattr(s, one) or '-' for one in shown)) or 0",
        f"sys.exit(cli.main(['{command}']))",
    ])  # fmt: skip
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SHOWFLOOR_", "DATABASE_"))}
    out = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, check=True, capture_output=True, text=True,
        env=kept | environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")},
    ).stdout  # fmt: skip
    return dict(zip(("folder", "database", "mail", "payments"), out.split(), strict=True))


def test_demo_has_a_folder_of_its_own_and_reads_no_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "DATABASE_URL=postgresql://shop/real\nEMAIL_URL=smtp://mail.example\n"
    )
    assert environ_of("demo", tmp_path) == {
        "folder": str(tmp_path / "var/demo"), "database": "-", "mail": "-", "payments": "test",
    }  # fmt: skip
    served = environ_of("serve", tmp_path)
    assert served == {
        "folder": str(tmp_path / "var"), "database": "postgresql://shop/real",
        "mail": "smtp://mail.example", "payments": "-",
    }  # fmt: skip
    chosen = environ_of("demo", tmp_path, SHOWFLOOR_DATA_DIR=str(tmp_path / "mine"))
    assert chosen["folder"] == str(tmp_path / "mine")


def test_files_of_an_installation_are_for_its_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)  # as an earlier version made it
    server = LiveServer(folder)
    server.run("migrate")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes["showfloor.sqlite3"] == 0o600
    assert [name for name, mode in modes.items() if mode & 0o077 and name != "serve.log"] == []


@pytest.mark.django_db
def test_doctor_says_what_payments_are_worth() -> None:
    def payments(**changes: Any) -> tuple[bool, str]:
        (check,) = doctor._payments(replace(SETTINGS, **changes))
        return check.ok, check.detail

    ok, none = payments(payment_provider="", demo=False)
    assert (ok, none[:35]) == (False, "none set up, so nothing can be boug")
    ok, test = payments(payment_provider="test", demo=False)
    assert (ok, test[:36]) == (False, "the test provider takes no money, an")
    assert payments(payment_provider="test", demo=True)[0]


@pytest.mark.django_db
def test_doctor_asks_stripe_whether_it_takes_the_key() -> None:
    def found(key: str, url: str) -> tuple[bool, str]:
        asked = replace(SETTINGS, stripe_secret_key=key, stripe_api_url=url, demo=False)
        (check,) = doctor._payments(asked)
        return check.ok, check.detail

    with StripeServer(secret_key="sk_test_right").serving() as url:
        ok, good = found("sk_test_right", url)
        assert (ok, good[:41]) == (False, "Stripe's test mode, which takes the key: ")
        _ok, wrong = found("sk_test_other", url)
    assert "does not take the secret key" in wrong
    _ok, away = found("sk_test_right", url)
    assert "cannot be reached from here (no answer within 5 s)" in away
    assert "sk_test" not in good + wrong + away


@pytest.mark.django_db
def test_doctor_says_what_a_brand_lacks_before_it_can_sell(brand: Brand) -> None:
    (check,) = doctor._selling()
    assert (check.name, check.ok) == (f"selling at {brand.slug}", False)
    assert "Shipping: Without a way of sending" in check.detail
    assert "Seller's details: No invoice can be made. Missing: company name" in check.detail


def test_set_up_without_a_terminal_says_what_to_set(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    server.migrate()
    with pytest.raises(AssertionError, match="SHOWFLOOR_OWNER_PASSWORD: set it") as caught:
        server.run("setup", "--brand", "Maison", "--owner", "ana@example.test")
    assert "Traceback" not in str(caught.value)
    made = server.run(
        "setup", "--brand", "Maison", "--owner", "ana@example.test",
        SHOWFLOOR_OWNER_PASSWORD="long-enough-password",
    )  # fmt: skip
    assert made == "Maison is ready: sign in as ana@example.test at /console/\n"


@pytest.mark.parametrize(
    "command",
    [["setup", "--brand", "M", "--owner", "a@b.test"], ["import", "missing.csv"], ["restored"]],
)
def test_command_before_migrate_says_what_to_run(tmp_path: Path, command: list[str]) -> None:
    with pytest.raises(AssertionError, match="run `showfloor migrate` first") as caught:
        LiveServer(tmp_path).run(*command)
    assert "Traceback" not in str(caught.value)


def test_command_without_its_database_says_so(tmp_path: Path) -> None:
    nowhere = LiveServer(tmp_path, {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    with pytest.raises(AssertionError, match="the database does not answer") as caught:
        nowhere.run("setup", "--brand", "M", "--owner", "a@b.test")
    assert "Traceback" not in str(caught.value)


def test_import_of_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    server.migrate()
    server.run(
        "setup", "--brand", "M", "--owner", "a@b.test",
        SHOWFLOOR_OWNER_PASSWORD="long-enough-password",
    )  # fmt: skip
    with pytest.raises(AssertionError, match=r"There is no file “missing\.csv”") as caught:
        server.run("import", "missing.csv")
    assert "Traceback" not in str(caught.value)


def test_start_loads_no_library_that_only_files_for_people_need(tmp_path: Path) -> None:
    """They would take two fifths of the start of each process, and 60 MB."""
    loaded = LiveServer(tmp_path).python(
        "import sys\nfrom showfloor.roles import serve\n"
        "print(sorted({'fontTools', 'fpdf', 'numpy', 'xlsxwriter'} & sys.modules.keys()))"
    )
    assert loaded.strip() == "[]"
