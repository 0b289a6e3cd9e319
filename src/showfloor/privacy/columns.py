"""The table of personal data: every column about people, which the rooms list, and the columns that
say nothing about anyone.

A column that is in neither fails `tests/privacy/test_columns.py`, so that somebody decides
about a column before it is added.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.apps import apps
from django.db import models

from showfloor.accounts.models import User
from showfloor.kernel.slices import PersonalColumns, installed

EVERY_COLUMN: Final = "*"

# Columns that could hold text, by table; they say something about the brand, its goods and shows.
WITHOUT_PERSONAL_DATA: Final[Mapping[str, Sequence[str]]] = {
    "account.EmailConfirmation": ("key",),
    "accounts.AccessChange": ("what",),
    "accounts.Brand": (EVERY_COLUMN,),
    "accounts.RateCounter": (EVERY_COLUMN,),  # keyed hashes
    "accounts.StaffInvitation": ("role",),
    "accounts.StaffRole": ("role",),
    "auth.Group": (EVERY_COLUMN,),
    "auth.Permission": (EVERY_COLUMN,),
    "auctions.Auction": (EVERY_COLUMN,),
    "auctions.Bid": ("auction", "bidder", "seq", "place", "state"),
    "auctions.Bidder": ("auction",),
    "auctions.Offer": ("auction", "bidder", "round", "state", "reservation_id"),
    "activations.Activation": (EVERY_COLUMN,),
    "comment_buying.CommentBuying": (EVERY_COLUMN,),
    "comment_buying.CommentCode": (EVERY_COLUMN,),
    "comment_buying.CommentRequest": ("show", "code", "state", "reason"),
    "captions.Caption": ("language", "cue_id", "source"),
    "captions.CaptionTranslation": (EVERY_COLUMN,),
    "captions.RemovedCaption": (EVERY_COLUMN,),
    "captions.SpokenLanguage": (EVERY_COLUMN,),
    "catalogue.BulkEdit": ("state", "product_ids", "change"),
    "catalogue.Category": (EVERY_COLUMN,),
    "catalogue.EditedProduct": (EVERY_COLUMN,),
    "catalogue.Feed": (EVERY_COLUMN,),
    "catalogue.ImportJob": (
        "language", "file_name", "decimal_sign", "state", "report", "error", "etag",
        "last_modified",
    ),
    "catalogue.OptionValue": (EVERY_COLUMN,),
    "catalogue.Price": (EVERY_COLUMN,),
    "catalogue.PriceChange": (EVERY_COLUMN,),
    "catalogue.Product": (EVERY_COLUMN,),
    "catalogue.ProductMedium": (EVERY_COLUMN,),
    "catalogue.Variant": (EVERY_COLUMN,),
    "catalogue.WantedPicture": (EVERY_COLUMN,),
    "checkout.Cart": ("currency", "market"),
    "checkout.Checkout": (
        "market", "currency", "state", "shipping_adjustments", "taxes", "voucher", "legal_versions",
        "gift",
    ),
    "checkout.CartLine": ("show_state",),
    "checkout.CheckoutLine": (
        "adjustments", "tax_class", "withdrawal_exception", "show_state",
    ),
    "checkout.DownloadFile": (EVERY_COLUMN,),
    "checkout.Entitlement": ("kind", "target", "title"),
    "checkout.EntitlementRevocation": (EVERY_COLUMN,),
    "checkout.SellingPause": (EVERY_COLUMN,),
    "checkout.Reservation": ("currency", "source", "label", "state", "checkout_id"),
    "checkout.SavedMethod": ("provider", "account"),
    "checkout.ProductGrant": (EVERY_COLUMN,),
    "checkout.OrderLine": ("adjustments", "tax_class", "withdrawal_exception", "show_state"),
    "checkout.Order": (
        "shipping_adjustments", "taxes",
        "market", "currency", "number", "state", "payment_state", "cancel_reason", "shipping_name",
        "pickup", "deliver_from", "deliver_to", "legal_versions",
    ),
    "checkout.Payment": (
        "provider", "account", "attempt_key", "request_key", "currency", "state",
    ),
    "checkout.PaymentAccount": (EVERY_COLUMN,),
    "checkout.PaymentEvent": ("kind", "source"),
    "checkout.ShippingOption": (EVERY_COLUMN,),
    "checkout.WebhookInbox": (EVERY_COLUMN,),
    "community.Announcement": ("text", "url"),
    "community.AuditEntry": ("action",),
    "community.ChatSettings": (EVERY_COLUMN,),
    "community.ContentNotice": (
        "location", "kind", "target", "category", "language", "state", "ground", "clause", "origin",
        "automated",
    ),
    "community.Message": ("state",),
    "community.NoticeComplaint": ("side", "language", "state", "put_back"),
    "community.Poll": (EVERY_COLUMN,),
    "community.PollOption": (EVERY_COLUMN,),
    "community.Question": ("state",),
    "community.ReactionCount": (EVERY_COLUMN,),
    "community.Restriction": ("kind",),
    "community.ReviewItem": ("reason", "state"),
    "community.WordRule": (EVERY_COLUMN,),
    "contenttypes.ContentType": (EVERY_COLUMN,),
    "deals.Deal": (EVERY_COLUMN,),
    "deals.DealItem": (EVERY_COLUMN,),
    "deals.DealRequest": ("decided_ms", "state", "reason"),
    "fulfilment.OrderEvent": ("kind", "actor"),
    "fulfilment.OrderRefund": ("key", "taxes"),
    "fulfilment.OrderReturn": ("state",),
    "fulfilment.ReturnLabel": ("kind",),
    "fulfilment.ReturnLine": ("reason", "condition"),
    "fulfilment.ReturnPolicy": (EVERY_COLUMN,),
    "fulfilment.Shipment": ("key", "carrier"),
    "fulfilment.Withdrawal": ("units", "state"),
    "daily_close.BalanceLine": ("provider", "account", "name", "kind", "currency", "payout"),
    "daily_close.CloseEvent": ("kind",),
    "daily_close.DailyClose": ("day",),
    "daily_close.Payout": (EVERY_COLUMN,),
    "documents.Document": ("kind", "number", "cause", "currency"),
    "documents.DocumentFile": ("sha256",),
    "documents.NumberRing": (EVERY_COLUMN,),
    "documents.InvoiceSettings": (EVERY_COLUMN,),
    "giveaways.Giveaway": (EVERY_COLUMN,),
    "giveaways.Prize": ("state",),
    "legal.LegalOverride": ("missing",),
    "legal.LegalText": (EVERY_COLUMN,),
    "legal.LegalVersion": ("body",),
    "legal.SellerProfile": (EVERY_COLUMN,),
    "media.Channel": (EVERY_COLUMN,),
    "media.ChannelLease": (EVERY_COLUMN,),
    "media.RetiredKey": (EVERY_COLUMN,),
    "mfa.Authenticator": ("type",),
    "admin.LogEntry": ("object_id",),
    "outbox.IdempotencyKey": ("fingerprint",),  # SHA-256 of the request
    "accounts.MailLayout": (EVERY_COLUMN,),
    "outbox.MailWording": (EVERY_COLUMN,),
    "outbox.OutgoingMessage": ("channel", "kind", "state"),
    "pricing.DeletedMarket": (EVERY_COLUMN,),
    "playouts.Playout": ("source", "name", "failure"),
    "pricing.Bundle": (EVERY_COLUMN,),
    "pricing.BundleItem": (EVERY_COLUMN,),
    "pricing.FreeGift": (EVERY_COLUMN,),
    "pricing.Market": (EVERY_COLUMN,),
    "pricing.MarketExclusion": (EVERY_COLUMN,),
    "pricing.PriceList": (EVERY_COLUMN,),
    "pricing.PriceListItem": (EVERY_COLUMN,),
    "pricing.TaxRate": (EVERY_COLUMN,),
    "pricing.Voucher": (EVERY_COLUMN,),
    "pricing.VoucherUse": ("checkout", "state"),
    "rehearsals.Rehearsal": ("state", "left", "sold", "figures"),
    "replays.Clip": (EVERY_COLUMN,),
    "replays.ReplayFile": (EVERY_COLUMN,),
    "replays.StoredMedia": (EVERY_COLUMN,),
    "replays.Trailer": (EVERY_COLUMN,),
    "restreams.RestreamDestination": (EVERY_COLUMN,),
    "shows.Broadcast": (EVERY_COLUMN,),
    "shows.Cue": ("title", "before"),
    "shows.RundownItem": (EVERY_COLUMN,),
    "shows.Show": (EVERY_COLUMN,),
    "stage.StageGuest": ("role", "state", "key_hash", "seat_hash"),
    "stock.Hold": ("owner", "state"),  # the checkout that it is for
    "stock.Location": (EVERY_COLUMN,),
    "stock.StockMovement": ("owner", "reason", "note"),  # the checkout of a sale
    "timeline.Entry": ("kind",),
    "timeline.Recall": (EVERY_COLUMN,),
    "timeline.Timeline": (EVERY_COLUMN,),
    "waitlists.Wait": ("state",),
}  # fmt: skip

# Numbers, marks and moments say nothing about a person by themselves; they go with their row.
_ALWAYS_WITHOUT = (
    models.BooleanField, models.IntegerField, models.FloatField, models.DateTimeField,
    models.AutoField,
)  # fmt: skip


def personal_columns() -> Sequence[PersonalColumns]:
    """Return what the rooms list, the lower rooms first."""
    return [columns for one in installed() for columns in one.privacy.columns]


def unlisted_columns() -> Iterator[str]:
    """Yield `app.Model.column` for each column that nobody has thought of, and for each line about
    a column that does not exist."""
    personal = {(one.table, name) for one in personal_columns() for name in one.columns}
    without = {(table, name) for table, names in WITHOUT_PERSONAL_DATA.items() for name in names}
    listed = personal | without
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        for field in model._meta.concrete_fields:
            is_known = (label, field.name) in listed or (label, EVERY_COLUMN) in without
            if not is_known and _may_tell_of_someone(field):
                yield f"{label}.{field.name}"
            listed.discard((label, field.name))
        listed.discard((label, EVERY_COLUMN))
    yield from (f"{table}.{name} does not exist" for table, name in sorted(listed))
    yield from (f"{table}.{name} is in both" for table, name in sorted(personal & without))


def _may_tell_of_someone(field: "models.Field[object, object]") -> bool:
    if field.is_relation:
        return field.related_model is User
    is_own_id = field.primary_key and field.get_default() not in {None, ""}
    return not is_own_id and not isinstance(field, _ALWAYS_WITHOUT)
