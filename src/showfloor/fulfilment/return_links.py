"""Signed addresses of return slips and of receipts of withdrawals; they need no account."""

from django.core import signing
from django.utils.translation import gettext as _

from showfloor.fulfilment.return_models import OrderReturn, Withdrawal
from showfloor.kernel.errors import NotFound

_RETURN = signing.Signer(salt="showfloor.return")
_WITHDRAWAL = signing.Signer(salt="showfloor.withdrawal")


def path_of(made: OrderReturn) -> str:
    return f"/return/{_RETURN.sign(made.pk)}"


def label_path(made: OrderReturn) -> str:
    return f"{path_of(made)}/label"


def receipt_path(made: Withdrawal) -> str:
    return f"/withdrawal/{_WITHDRAWAL.sign(made.pk)}"


def read(signed: str) -> OrderReturn:
    """Return the return of a link; NotFound for one that was made up."""
    rows = OrderReturn.objects.all_brands().select_related("order__brand", "withdrawal")
    found = rows.filter(pk=_unsigned(_RETURN, signed)).first()
    if found is None:
        raise NotFound(_("There is no such return. Is the address complete?"))
    return found


def read_receipt(signed: str) -> Withdrawal:
    """Return the withdrawal of a link; NotFound for one that was made up."""
    rows = Withdrawal.objects.all_brands().select_related("order", "brand")
    found = rows.filter(pk=_unsigned(_WITHDRAWAL, signed)).first()
    if found is None:
        raise NotFound(_("There is no such withdrawal. Is the address complete?"))
    return found


def _unsigned(signer: signing.Signer, signed: str) -> str:
    try:
        return signer.unsign(signed)
    except signing.BadSignature:
        return ""
