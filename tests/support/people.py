"""People who have just confirmed their identity again."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from showfloor.accounts.models import User


def confirm(client: Client, user: User) -> None:
    """Record that this signed-in person typed the password again a moment ago."""
    session = client.session
    record = {"method": "password", "at": time.time(), "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def sign_in_confirmed(client: Client, user: User) -> None:
    client.force_login(user)
    confirm(client, user)
