"""Account pages of ours, and allauth's that we guard: they stand before `allauth.urls`."""

from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from django.urls import path

from showfloor.site.views import account

urlpatterns = [
    # A password that is chosen for the first time opens the account for good: not in a session
    # that somebody else may hold.
    path("password/set/", reauthentication_required(password_set)),
    path(
        "reauthenticate/code/",
        account.reauthenticate_by_code,
        name="account_reauthenticate_by_code",
    ),
    path("sessions/", account.list_sessions),
]
