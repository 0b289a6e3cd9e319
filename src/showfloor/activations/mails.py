"""The mail by which somebody confirms the address of a sign-up."""

from typing import Final

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from showfloor.accounts import brand_urls
from showfloor.activations import links
from showfloor.activations.models import ActivationAnswer
from showfloor.outbox import kinds, text_mail
from showfloor.outbox.kinds import Content, MessageKind
from showfloor.outbox.models import OutgoingMessage

CONFIRM: Final = "sign_up.confirm"


def register() -> None:
    kinds.register(MessageKind(CONFIRM, gettext_lazy("Sign-up to confirm"), _confirm))


def _confirm(message: OutgoingMessage) -> Content:
    rows = ActivationAnswer.objects.for_brand(message.brand_id or "")
    answer = rows.select_related("activation__show__brand").get(pk=message.cause_id)
    brand = answer.activation.show.brand
    with translation.override(answer.language or brand.language):
        parts = [
            _("Hello,"),
            _("somebody, probably you, has signed up with this address: %(title)s.")
            % {"title": answer.activation.title},
            answer.consent,
            _("Only when you confirm it does it count:"),
            brand_urls.absolute(brand, links.confirm_path(answer)),
            _("Was it not you? Then do nothing."),
        ]
        return text_mail.content(brand, _("Please confirm your sign-up"), parts)
