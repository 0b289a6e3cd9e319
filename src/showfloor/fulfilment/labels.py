"""The label that a clerk uploads for a return: a private file, which a mail and the return's page
link."""

import io
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from PIL import Image

from showfloor.accounts.models import User
from showfloor.accounts.transactions import verb
from showfloor.checkout.services import orders
from showfloor.fulfilment import history, returns
from showfloor.fulfilment.return_models import OrderReturn, ReturnLabel
from showfloor.kernel.errors import Invalid
from showfloor.outbox import services as outbox
from showfloor.stock import services as stock

BYTES_MAX: Final = 2 * 1024 * 1024
PIXELS_MAX: Final = 20_000_000
KINDS: Final = {"pdf": "application/pdf", "png": "image/png"}


def kind_of(content: bytes) -> str:
    """Return whether a file is a PDF or a PNG, by its content; Invalid for any other, for an empty
    one and for one that is too large."""
    if len(content) > BYTES_MAX:
        raise Invalid(
            _("At most %(count)d MB.") % {"count": BYTES_MAX // (1024 * 1024)}, field="label"
        )
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "pdf"
    if _is_png(content):
        return "png"
    raise Invalid(_("Upload a PDF or a PNG."), field="label")


def _is_png(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            small = picture.width * picture.height <= PIXELS_MAX
            picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False
    return small


@verb
def add(made: OrderReturn, content: bytes, now: datetime, *, by: User | None) -> ReturnLabel:
    """Store a return's label in place of an earlier one, and send the buyer its link. Invalid
    (`label`), Conflict for a return that is closed."""
    kind = kind_of(content)
    with stock.writing():
        order = orders.lock(made.order)
        made = returns.open_return(made)
        returns.drop_label(made)
        label = ReturnLabel(order_return=made, kind=kind, content=content, added_at=now)
        label.save(force_insert=True)
        returns.tell(made, returns.LABEL_MAIL, outbox.cause_of(label), now)
        history.add(order, history.LABEL_ADDED, now, by=by, text=str(made))
    return label


def of(made: OrderReturn) -> ReturnLabel | None:
    return ReturnLabel.objects.for_brand(made.brand_id).filter(order_return=made).first()


def is_there(made: OrderReturn) -> bool:
    """Return whether a return has a label, without reading the file."""
    return ReturnLabel.objects.for_brand(made.brand_id).filter(order_return=made).exists()
