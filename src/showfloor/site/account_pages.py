"""The addresses of our account pages and of guarded ones of allauth, before `allauth.urls`."""

from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from django.urls import path

from showfloor.site.views import account

urlpatterns = [
    # A first password opens the account for good, so it is not set in a session
    # that somebody else may hold.
    path("password/set/", reauthentication_required(password_set)),
    path(
        "reauthenticate/code/",
        account.reauthenticate_by_code,
        name="account_reauthenticate_by_code",
    ),
    path("sessions/", account.list_sessions),
]
