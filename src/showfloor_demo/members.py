"""The members of the demo's audience: accounts that nobody signs in to, and their sessions."""

from collections.abc import Sequence
from unicodedata import normalize

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from showfloor.accounts.models import Brand, Member, User
from showfloor.audience.script import Persona
from showfloor.timeline.services import write

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sessions(brand: Brand, cast: Sequence[Persona]) -> tuple[str, ...]:
    """Return a session cookie for each of the cast, who become members where they are not yet."""
    with write():
        return tuple(_session(_user(brand, persona.name)) for persona in cast)


def _user(brand: Brand, name: str) -> User:
    email = f"{mailbox(name)}@{brand.slug}.members.example"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, None)
    Member.objects.for_brand(brand).get_or_create(
        user=user, brand=brand, defaults={"display_name": name}
    )
    return user


def mailbox(name: str) -> str:
    """Return a name as the first part of an address."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(char for char in plain if char.isalnum())


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = user.pk, BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key is not None
    return session.session_key
