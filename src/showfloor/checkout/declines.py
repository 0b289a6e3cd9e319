"""The reasons of a declined payment, in words that say what to do next.

A provider's own codes are brought to these few. The bank's exact reason is not told where thieves
would learn from it: a stolen card gets the same words as one that the bank declines without reason.
"""

from enum import StrEnum

from django.utils.translation import gettext as _


class DeclineReason(StrEnum):
    BAD_PAYMENT_METHOD = "bad_payment_method"  # the token is used, or too old
    CARD_DATA = "card_data"  # number, date or check digits are wrong
    EXPIRED = "expired_card"
    FUNDS = "insufficient_funds"
    AUTHENTICATION = "authentication_failed"  # the buyer did not confirm at the bank
    TRY_AGAIN = "try_again"  # nothing is wrong with the card
    REFUSED = "refused"  # this amount or currency cannot be paid so
    CARD = "card_declined"


def words(code: str) -> str:
    """Return the sentence for a decline code; unknown ones get the general one."""
    match code:
        case DeclineReason.BAD_PAYMENT_METHOD:
            return _("The card details have expired. Enter them again.")
        case DeclineReason.CARD_DATA:
            return _("Number, date or check digits are not right. Look at the card again.")
        case DeclineReason.EXPIRED:
            return _("The card has expired. You were not charged; take another card.")
        case DeclineReason.FUNDS:
            return _("The account does not cover it. You were not charged; pay another way.")
        case DeclineReason.AUTHENTICATION:
            return _("Your bank had no confirmation from you. Try again, or pay another way.")
        case DeclineReason.TRY_AGAIN:
            return _("The bank could not answer. You were not charged; try again in a moment.")
        case DeclineReason.REFUSED:
            return _("This cannot be paid that way. Choose another way to pay.")
    return _("Your card was declined. You were not charged; try another card.")
