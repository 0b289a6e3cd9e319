"""The addresses that Django answers."""

from django.contrib import admin
from django.urls import include, path

from showfloor.site.api import api

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("showfloor.site.account_pages")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("", include("showfloor.site.pages")),
]

handler400 = "showfloor.site.problems.bad_request"
handler403 = "showfloor.site.problems.forbidden"
handler404 = "showfloor.site.problems.not_found"
handler500 = "showfloor.site.problems.broken"
handler429 = "showfloor.site.problems.too_many"  # allauth's rate limits
