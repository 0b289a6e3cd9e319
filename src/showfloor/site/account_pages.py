"""The addresses of our account pages and of guarded ones of allauth, before `allauth.urls`."""

from allauth.account.decorators import reauthentication_required
from allauth.account.views import password_set
from django.urls import path

from showfloor.site.views import account, buyer_account, own_data

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
    path("addresses/", buyer_account.addresses_page, name=buyer_account.ADDRESSES),
    path("addresses/new/<slug:brand>/", buyer_account.address_page, name="account_address_new"),
    path(
        "addresses/<slug:brand>/<str:address_id>/",
        buyer_account.address_page,
        name="account_address",
    ),
    path("payment-methods/", buyer_account.methods_page, name=buyer_account.METHODS),
    path("data/", own_data.show_data, name=own_data.PAGE),
    path("data/download/", own_data.download_data, name="account_data_download"),
    path("data/leave/", own_data.leave_brand, name="account_leave_brand"),
]
