"""Goods without a right of withdrawal (Directive 2011/83/EU Art. 16): said before they are bought,
in the confirmation, and where somebody withdraws.

Digital content loses the right only where the buyer asked that it begins at once, and knew that the
right is lost by it (Art. 16(m); § 356(5) BGB). Such an order is refused until its buyer agrees: the
other way, to let the content wait until the period is over, would sell tickets to replays that
nobody can watch for a fortnight.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from showfloor.catalogue.facts import WithdrawalException
from showfloor.kernel.errors import Invalid


class Excepted(Protocol):
    withdrawal_exception: str


def needs_consent(lines: Iterable[Excepted]) -> bool:
    """Return whether the buyer of these lines has to agree that the right of withdrawal is lost."""
    return any(line.withdrawal_exception == WithdrawalException.DIGITAL for line in lines)


def check_consent(*, is_needed: bool, consented_at: datetime | None) -> None:
    """Raise Invalid for a consent that is needed and was not given."""
    if is_needed and consented_at is None:
        raise Invalid(
            _("Agree that it begins at once, so that you can have it before two weeks are over."),
            field="begin_at_once", code="consent-needed",
        )  # fmt: skip


def is_excluded(exception: str, consented_at: datetime | None) -> bool:
    """Return whether goods of this kind can't be withdrawn from at all. Sealed goods can, as long
    as nobody opened them; that shows when they come back."""
    if exception == WithdrawalException.DIGITAL:
        return consented_at is not None
    return exception not in {WithdrawalException.NONE, WithdrawalException.SEALED}


def note(exception: str, consented_at: datetime | None) -> str:
    """Return the exception in words for the buyer; empty for none."""
    match exception:
        case WithdrawalException.BESPOKE:
            return _("Made to your specification: it cannot be withdrawn from.")
        case WithdrawalException.PERISHABLE:
            return _("It spoils or expires quickly: it cannot be withdrawn from.")
        case WithdrawalException.DATED:
            return _("For a certain date: it cannot be withdrawn from.")
        case WithdrawalException.DIGITAL if consented_at is not None:
            return _("Digital content that began with your consent: it cannot be withdrawn from.")
        case WithdrawalException.SEALED:
            return _("Sealed for hygiene: only while the seal is unbroken.")
    return ""
