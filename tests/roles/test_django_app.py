"""The site as it is served: what is refused before its body is read, and how that is said."""

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db.backends.signals import connection_created

from showfloor.accounts.database_threads import Database
from showfloor.edge.http.request_buffering import ANYONE_BYTES_MAX
from showfloor.roles.django_app import WSGI_THREADS, django_app
from tests.support.asgi import served


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    database = Database()
    async with served(django_app(settings.SHOWFLOOR, database)) as port:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            yield client
    await database.stop()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/nothing", 404, "not-found"),
        ("/api/v1/viewer-token", 413, "too-large"),
        ("/admin/catalogue/product/import/", 302, None),
    ],
)
async def test_large_body_of_a_guest_is_answered_by_the_site_unread(
    client: httpx.AsyncClient, path: str, status: int, code: str | None
) -> None:
    answer = await client.post(path, content=b"x" * (ANYONE_BYTES_MAX + 1))
    assert answer.status_code == status
    assert answer.headers["connection"] == "close"
    if code is None:
        assert answer.headers["location"] == f"/accounts/login/?next={path}"
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code


@pytest.mark.django_db(transaction=True)
async def test_threads_keep_their_connections_until_the_process_stops() -> None:
    opened: list[Any] = []

    def note(connection: Any, **_kwargs: object) -> None:
        opened.append(connection.connection)

    connection_created.connect(note)
    database = Database()
    try:
        async with served(django_app(settings.SHOWFLOOR, database)) as port:
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url, timeout=20) as client:
                for _request in range(WSGI_THREADS * 3):
                    assert (await client.get("/accounts/login/")).status_code == 200
    finally:
        connection_created.disconnect(note)
    assert 1 <= len(opened) <= WSGI_THREADS
    await database.stop()
    for one in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            one.execute("SELECT 1")
