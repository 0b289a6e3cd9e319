"""The right to send a large body, by address and session alone."""

import pytest
from django.conf import settings
from django.test import Client

from showfloor.accounts.models import Brand, User
from showfloor.kernel.errors import Forbidden, NotFound, NotSignedIn, ShowfloorError
from showfloor.shows import services as shows
from showfloor.site.body_rules import find, uploader

IMPORT, WORDS = "/admin/catalogue/product/import/", "/admin/community/wordrule/import/"


def cookies(user: User | None) -> str:
    if user is None:
        return "theme=dark"
    client = Client()
    client.force_login(user)
    return (
        f"a=b; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    )


def refusal(path: str, session: str) -> type[ShowfloorError]:
    with pytest.raises(ShowfloorError) as refused:
        uploader(path, session)
    return type(refused.value)


def test_address_that_nothing_answers_has_no_reader() -> None:
    assert find("/nothing/here") is None
    assert find("/api/v1/nothing") is None
    assert find(IMPORT) is not None


def test_files_are_taken_of_staff_with_the_role_of_the_page(
    producer: User, moderator: User, brand: Brand
) -> None:
    as_producer = cookies(producer)
    as_moderator = cookies(moderator)
    assert uploader(IMPORT, as_producer) == str(producer.pk)
    for path in ("/console/shows/new", "/admin/catalogue/product/add/", "/admin/shows/host/add/"):
        assert uploader(path, as_producer) == str(producer.pk), path
    assert uploader(WORDS, as_moderator) == str(moderator.pk)
    assert refusal(IMPORT, as_moderator) is Forbidden
    assert refusal("/console/shows/new", as_moderator) is Forbidden


def test_file_for_another_brands_show_is_not_taken(
    producer: User, stranger: User, brand: Brand
) -> None:
    show = shows.create_show(brand, shows.ShowDraft(title="Evening"))
    address = f"/console/shows/{show.slug}/edit"
    assert uploader(address, cookies(producer)) == str(producer.pk)
    assert refusal(address, cookies(stranger)) is NotFound


def test_guests_send_no_files(brand: Brand) -> None:
    guest = cookies(None)
    assert refusal(IMPORT, guest) is NotSignedIn
    assert refusal("/admin/catalogue/product/add/", guest) is NotSignedIn
    for path in ("/", "/accounts/login/", "/api/v1/viewer-token", "/nothing"):
        assert uploader(path, guest) is None


def test_person_without_a_role_sends_no_files(brand: Brand) -> None:
    member = User.objects.create_user("member@example.test", "long-enough-1")
    assert refusal(IMPORT, cookies(member)) is Forbidden
    assert refusal("/admin/catalogue/product/add/", cookies(member)) is Forbidden
