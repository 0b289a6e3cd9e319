"""The tables of deals: a price for a time in a show, and the people who ask for it."""

from django.db import models
from django.db.models import F, Q

from showfloor.accounts.scoping import BrandScoped
from showfloor.kernel.money import RATE_WHOLE_BP

TITLE_CHARS_MAX = 80


class DealState(models.TextChoices):
    DRAFT = "draft"  # prepared
    ANNOUNCED = "announced"  # the countdown runs
    OPEN = "open"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"  # taken back as if it had not been


class RequestState(models.TextChoices):
    """`pending → won` or `lost`; what was won and not bought in time is `lapsed`."""

    PENDING = "pending"
    WON = "won"
    BOUGHT = "bought"
    LOST = "lost"
    LAPSED = "lapsed"


class Deal(BrandScoped):
    """A price below today's for chosen variants, from a picture to a picture. With a limit its
    units are few, and people ask for them; without one it is a sale for its time."""

    brand_path = "show__brand"

    show = models.ForeignKey("shows.Show", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=TITLE_CHARS_MAX)
    amount = models.PositiveBigIntegerField(null=True)  # of one unit, minor units
    percent_bp = models.PositiveIntegerField(null=True)  # off today's price
    currency = models.CharField(max_length=3)
    units_max = models.PositiveIntegerField(null=True)  # of all variants together
    per_person = models.PositiveIntegerField(null=True)
    lasts_s = models.PositiveIntegerField()
    window_ms = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=DealState, default=DealState.DRAFT)
    is_settled = models.BooleanField(default=True)  # nothing of it is left to do by itself
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(null=True)  # of the picture
    opens_at = models.DateTimeField(null=True)  # of the picture
    ends_at = models.DateTimeField(null=True)  # of the picture, as announced
    ended_at = models.DateTimeField(null=True)  # of the picture
    told_left = models.PositiveIntegerField(null=True)  # the units left, as viewers were told
    price_list = models.ForeignKey(
        "pricing.PriceList", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta(BrandScoped.Meta):
        ordering = ["position", "pk"]
        indexes = [
            models.Index(fields=["show", "state"]),
            models.Index(
                fields=["opens_at"], name="unsettled_deals", condition=Q(is_settled=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=False, percent_bp__isnull=True)
                | Q(amount__isnull=True, percent_bp__gte=1, percent_bp__lt=RATE_WHOLE_BP),
                name="deal_is_amount_or_percent",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("opens_at")),
                name="deal_ends_after_its_start",
            ),
        ]

    @property
    def is_limited(self) -> bool:
        return self.units_max is not None or self.per_person is not None


class DealItem(BrandScoped):
    """One variant in a deal; its price is fixed when the deal is announced."""

    brand_path = "deal__show__brand"

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="items")
    variant = models.ForeignKey("catalogue.Variant", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    amount = models.PositiveBigIntegerField(null=True)  # what one unit costs in the deal
    prior = models.PositiveBigIntegerField(null=True)  # lowest of the 30 days before

    class Meta(BrandScoped.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["deal", "variant"], name="variant_once_in_deal")
        ]


class DealRequest(BrandScoped):
    """One person's tap. Its place in the order is `response_ms`, then the arrival, then the id."""

    brand_path = "deal__show__brand"

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="+")
    variant_id = models.CharField(max_length=26)
    # The `sub` that the request belongs to: the one that asked, or of the account that a guest
    # has signed in to. Both count for the limit of one person: the guest's cookie stays.
    owner = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=64, default="", db_default="")
    quantity = models.PositiveIntegerField()
    key = models.CharField(max_length=64)  # the command's id
    show_time_s = models.FloatField(null=True)
    arrived_ms = models.BigIntegerField()  # Unix time at the edge
    delay_ms = models.PositiveIntegerField()  # that counted
    response_ms = models.BigIntegerField()
    decided_ms = models.BigIntegerField()  # Unix time from which it may be decided
    state = models.CharField(max_length=7, choices=RequestState, default=RequestState.PENDING)
    reason = models.CharField(max_length=20, blank=True)  # a code, of one that is lost
    reservation_id = models.CharField(max_length=26, blank=True)

    class Meta(BrandScoped.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "owner"], condition=Q(state="pending"), name="one_tap_at_a_time"
            )
        ]
        indexes = [
            models.Index(fields=["deal", "state", "decided_ms"], name="deal_requests_due"),
            models.Index(fields=["deal", "owner"], name="deal_requests_of_owner"),
            models.Index(fields=["owner"], name="deal_requests_by_owner"),
            models.Index(fields=["asked_by", "deal"], name="deal_requests_by_asker"),
            models.Index(
                fields=["reservation_id"], name="deal_request_reserved",
                condition=~Q(reservation_id=""),
            ),
        ]  # fmt: skip
