"""What every room's tests share: a brand to act for, people to act as."""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from showfloor.accounts.models import Brand, Role, StaffRole, User
from showfloor.site import show_page
from tests.support import law, migrated

# A busy machine is no fault of an example: speed is measured in benchmarks, not in tests.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")

_DATABASE = {"db", "transactional_db", "django_db_setup"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The run on PostgreSQL is for what touches the database: nothing else can differ there."""
    if os.environ.get("SHOWFLOOR_TEST_DB") != "postgres":
        return
    untouched = [item for item in items if not _has_database(item)]
    config.hook.pytest_deselected(items=untouched)
    items[:] = [item for item in items if _has_database(item)]


def _has_database(item: pytest.Item) -> bool:
    """Whether pytest-django lets a test at the database; any other test that asked would fail."""
    if item.get_closest_marker("django_db") or _DATABASE & set(getattr(item, "fixturenames", ())):
        return True
    of_class = getattr(item, "cls", None)
    return of_class is not None and issubclass(of_class, TransactionTestCase)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test's database begins as a copy of one with all migrations, on SQLite."""
    return "sqlite3" in settings.DATABASES["default"]["ENGINE"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_keepdb: bool
) -> None:
    if django_db_keepdb:
        migrated.lay_down(_test_database())


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_keepdb: bool) -> None:
    if django_db_keepdb:
        migrated.keep(_test_database())
    else:
        migrated.keep_postgres(_test_url())


def _test_database() -> Path:
    return Path(settings.DATABASES["default"]["TEST"]["NAME"])


def _test_url() -> str:
    """Return the address of the test's database on PostgreSQL."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return given._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request leaves its language behind in its thread, here for the next test."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _no_drawn_pages() -> None:
    """A page of the test before may be of another show at the same address."""
    show_page.forget()


@pytest.fixture
def brand(db: None) -> Brand:
    made = Brand.objects.create(slug="maison-test", name="Maison Test", currency="EUR")
    return law.waived(made)


@pytest.fixture
def other_brand(db: None) -> Brand:
    return law.waived(Brand.objects.create(slug="rival", name="Rival", currency="EUR"))


def make_staff(brand: Brand, role: Role, email: str) -> User:
    user = User.objects.create_user(email, "long-enough-password", is_staff=True)
    StaffRole.objects.create(brand=brand, user=user, role=role)
    return user


@pytest.fixture
def producer(brand: Brand) -> User:
    return make_staff(brand, Role.PRODUCER, "producer@example.test")


@pytest.fixture
def moderator(brand: Brand) -> User:
    return make_staff(brand, Role.MODERATOR, "moderator@example.test")


@pytest.fixture
def stranger(other_brand: Brand) -> User:
    """Staff, but of another brand."""
    return make_staff(other_brand, Role.OWNER, "owner@rival.test")
