"""Every address of a demo installation: those of any installation, and the demo's own page."""

from django.urls import path

from showfloor.site import urls as site
from showfloor_demo import views

urlpatterns = [
    path("demo", views.page, name="demo"),
    path("demo/sign-in", views.sign_in, name="demo-sign-in"),
    path("demo/handover", views.hand_over, name="demo-handover"),
    path("demo/files/<str:name>", views.file, name="demo-file"),
    *site.urlpatterns,
]
handler400, handler403, handler404 = site.handler400, site.handler403, site.handler404
handler500, handler429 = site.handler500, site.handler429
