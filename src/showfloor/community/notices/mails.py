"""Mails of notice-and-action."""

from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_urls
from showfloor.community.notices import links, services, wording
from showfloor.community.notices.models import (
    ComplaintSide,
    ContentKind,
    ContentNotice,
    NoticeComplaint,
)
from showfloor.outbox import kinds, text_mail
from showfloor.outbox import services as outbox
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage

_NOTIFIER: Final = ComplaintSide.NOTIFIER


def register() -> None:
    """Tell the outbox what these mails are called, and how they are rendered."""
    for name, label, render in (
        (services.RECEIVED, gettext_lazy("Receipt of a notice"), _received),
        (services.ARRIVED, gettext_lazy("Notice or complaint to decide"), _arrived),
        (services.DECIDED, gettext_lazy("Decision about a notice"), _decided),
        (services.STATEMENT, gettext_lazy("Statement of reasons"), _statement),
        (services.COMPLAINT_RECEIVED, gettext_lazy("Receipt of a complaint"), _complaint_received),
        (services.COMPLAINT_DECIDED, gettext_lazy("Decision about a complaint"), _answered),
    ):
        kinds.register(MessageKind(name, label, render))


def _received(message: OutgoingMessage) -> Content:
    made = _notice(message)
    with translation.override(made.language):
        parts = [
            _hello(""),
            _("%(brand)s has received your notice. A person looks at it and decides; "
              "then we write to you again.") % {"brand": made.brand.name},
            wording.as_text(wording.receipt_facts(made)),
            _link(made, _NOTIFIER),
        ]  # fmt: skip
        return text_mail.content(made.brand, _("We have received your notice"), parts)


def _arrived(message: OutgoingMessage) -> Content:
    """Render the mail to the brand. It has no words of the notice, which may be hard to bear, and
    no name: staff reads them in the back office."""
    about = _complaint(message) if _is_complaint(message) else None
    made = about.notice if about is not None else _notice(message)
    with translation.override(made.brand.language):
        subject = (
            _("A complaint about a decision waits")
            if about is not None
            else _("Somebody reports illegal content (%(category)s)")
            % {"category": made.get_category_display()}
        )
        model = "noticecomplaint" if about is not None else "contentnotice"
        row = about.pk if about is not None else made.pk
        parts = [
            _("It waits in the back office for a decision by a person."),
            brand_urls.origin(None) + f"/admin/community/{model}/{row}/change/",
        ]
        return text_mail.content(made.brand, subject, parts)


def _decided(message: OutgoingMessage) -> Content:
    made = _notice(message)
    with translation.override(made.language):
        parts = [
            _hello(made.name),
            _("%(brand)s has decided about your notice.") % {"brand": made.brand.name},
            wording.as_text([*wording.notice_facts(made)[:1], *wording.decision_facts(made)]),
            "\n".join(wording.redress(made)),
            _link(made, _NOTIFIER),
        ]
        return text_mail.content(made.brand, _("Decision about your notice"), parts)


def _statement(message: OutgoingMessage) -> Content:
    made = _notice(message)
    with translation.override(made.brand.language):
        begin = _("%(brand)s has restricted something that you wrote. These are the reasons.")
        if made.kind == ContentKind.PERSON:
            begin = _("%(brand)s has banned you from its shows. These are the reasons.")
        parts = [
            _hello(made.author_name),
            begin % {"brand": made.brand.name},
            wording.as_text(wording.statement_facts(made)),
            "\n".join(wording.redress(made)),
            _link(made, ComplaintSide.AUTHOR),
        ]
        return text_mail.content(made.brand, _("Statement of reasons"), parts)


def _complaint_received(message: OutgoingMessage) -> Content:
    made = _complaint(message)
    with translation.override(made.language):
        parts = [
            _("%(brand)s has received your complaint. A person decides about it; "
              "then we write to you again.") % {"brand": made.notice.brand.name},
            made.text,
            _link(made.notice, ComplaintSide(made.side)),
        ]  # fmt: skip
        return text_mail.content(made.notice.brand, _("We have received your complaint"), parts)


def _answered(message: OutgoingMessage) -> Content:
    made = _complaint(message)
    with translation.override(made.language):
        parts = [
            _("%(brand)s has decided about your complaint: %(decision)s.")
            % {"brand": made.notice.brand.name, "decision": made.get_state_display()},
            made.answer,
            str(made.get_put_back_display()) if made.put_back else "",
            "\n".join(wording.redress(made.notice)[1:]),
            _link(made.notice, ComplaintSide(made.side)),
        ]
        return text_mail.content(made.notice.brand, _("Decision about your complaint"), parts)


def _notice(message: OutgoingMessage) -> ContentNotice:
    rows = ContentNotice.objects.for_brand(message.brand_id or "").select_related("brand")
    return rows.get(pk=message.cause_id)


def _complaint(message: OutgoingMessage) -> NoticeComplaint:
    rows = NoticeComplaint.objects.for_brand(message.brand_id or "")
    return rows.select_related("notice__brand").get(pk=message.cause_id)


def _is_complaint(message: OutgoingMessage) -> bool:
    return message.cause == outbox.cause_of(NoticeComplaint(pk=message.cause_id))


def _hello(name: str) -> str:
    return _("Hello %(name)s,") % {"name": name} if name else _("Hello,")


def _link(notice: ContentNotice, side: ComplaintSide) -> str:
    return brand_urls.absolute(notice.brand, links.path_of(notice, side))
