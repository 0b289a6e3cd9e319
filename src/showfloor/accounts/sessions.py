"""Sessions of an account: listed for the person, and ended by them. The viewer tokens of an ended
session are outdated as well (`accounts.token_revocation`)."""

from collections.abc import Sequence
from importlib import import_module
from ipaddress import ip_network
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest

from showfloor.accounts import token_revocation
from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb, write

SESSIONS_MAX = 100  # on the page
# In this order: Edge calls itself Chrome as well, Chrome calls itself Safari.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_PREFIXES = {4: 24, 6: 48}


def of_user(user: User) -> list[UserSession]:
    """Those that are still good, the latest first; each with the name of its `device`."""
    known: list[UserSession] = UserSession.objects.purge_and_list(user)
    known.sort(key=lambda session: session.created_at, reverse=True)
    for session in known:
        session.device = device_name(session.user_agent)
    return known[:SESSIONS_MAX]


def device_name(user_agent: str) -> str:
    """`Firefox · Windows`: what a person calls it; the beginning of the text for an unknown one."""
    browser = _first_in(user_agent, _BROWSERS)
    system = _first_in(user_agent, _SYSTEMS)
    named = " · ".join(name for name in (browser, system) if name)
    return named or user_agent[:60] or "–"


def _first_in(user_agent: str, names: Sequence[tuple[str, str]]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")


@verb
def end(user: User, session_id: int) -> bool:
    """End one of theirs; False when there is no such session."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        return False
    with write():
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store.delete(session.session_key)
        session.delete()
        token_revocation.revoke_person_tokens(user)
    return True


@verb
def end_others(request: HttpRequest, user: User) -> None:
    """End all sessions of this user except the current one, also sessions that are not listed."""
    with write():
        User.objects.filter(pk=user.pk).update(session_round=F("session_round") + 1)
        user.refresh_from_db(fields=["session_round"])
        UserSession.objects.filter(user=user).delete()
        token_revocation.revoke_person_tokens(user)
    if request.user.is_authenticated and request.user.pk == user.pk:
        update_session_auth_hash(request, user)
        UserSession.objects.create_from_request(request)


def shorten_address(sender: object, instance: UserSession, **_more: Any) -> None:
    """Before a row is written: people recognise a place by its network, and no address is kept."""
    prefix = _PREFIXES[6 if ":" in str(instance.ip) else 4]
    instance.ip = str(ip_network(f"{instance.ip}/{prefix}", strict=False).network_address)


def end_others_after(sender: object, request: HttpRequest, user: User, **_more: Any) -> None:
    """After a second factor was added or the e-mail address changed: who was in before has to
    come in anew."""
    end_others(request, user)
