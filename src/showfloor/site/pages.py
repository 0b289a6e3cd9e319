"""Addresses of the server-rendered pages."""

from django.urls import path

from showfloor.site.views import (
    console,
    demo_mailbox,
    files,
    invitation,
    legal,
    membership,
    order_documents,
    orders,
    problem_type,
    programme,
    show_form,
)

urlpatterns = [
    path("", programme.programme, name="programme"),
    path("brands/<slug:brand>/", programme.programme_of, name="brand-programme"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:number>", orders.order, name="order"),
    path("brands/<slug:brand>/orders/", orders.orders, name="brand-orders"),
    path("brands/<slug:brand>/orders/<slug:number>", orders.order, name="brand-order"),
    path("order/<str:signed>", orders.by_link, name="order-link"),
    path("order/<str:signed>/documents/<str:name>", order_documents.by_link, name="order-document"),
    path("orders/<slug:number>/documents/<str:name>", order_documents.own, name="own-document"),
    path(
        "brands/<slug:brand>/orders/<slug:number>/documents/<str:name>",
        order_documents.own,
        name="brand-own-document",
    ),
    path("brands/<slug:brand>/join/", membership.join, name="brand-join"),
    path("brands/<slug:brand>/legal/<slug:kind>", legal.text, name="legal-text"),
    path("brands/<slug:brand>/legal/draft/<slug:text_id>", legal.preview, name="legal-preview"),
    path("legal/<slug:version_id>", legal.version, name="legal-version"),
    path("shows/<slug:slug>", programme.show, name="show"),
    path("shows/<slug:slug>/calendar.ics", programme.calendar, name="show-calendar"),
    path("brand/<slug:brand>.css", files.brand_css, name="brand-css"),
    path("brand/<slug:brand>.svg", files.brand_icon, name="brand-icon"),
    path("brand/<slug:brand>/icon", files.brand_icon, name="brand-tab-icon"),
    path("uploads/<path:name>", files.upload, name="upload"),
    path("console/", console.shows, name="console"),
    path("console/shows/new", show_form.new, name="console-new"),
    path("console/shows/<slug:slug>", console.live, name="console-live"),
    path("console/shows/<slug:slug>/edit", show_form.edit, name="console-edit"),
    path("console/shows/<slug:slug>/duplicate", show_form.duplicate, name="console-duplicate"),
    path("problems/<slug:code>", problem_type.problem_type, name="problem-type"),
    path("invitations/<str:token>/", invitation.accept, name="staff-invitation"),
    path("outbox/", demo_mailbox.mails, name="outbox"),
    path("outbox/<slug:mail>/", demo_mailbox.mail, name="outbox-mail"),
    path("outbox/<slug:mail>/html", demo_mailbox.html, name="outbox-html"),
]
