"""The tables of shows: the event, its plan, its highlights and its broadcasts."""

from typing import Any, Final, override

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.shows import watched_show

PRODUCT_ITEM: Final = "product"  # the kind of a product's place in a rundown


class ShowState(models.TextChoices):
    """`draft → scheduled → live → ended`; only a person moves a show on."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    LIVE = "live", _("Live")
    ENDED = "ended", _("Ended")


class OpenTo(models.TextChoices):
    """The people who may watch a show, its replay included. Everybody may know of it."""

    EVERYONE = watched_show.EVERYONE, _("Everyone")
    MEMBERS = watched_show.MEMBERS, _("Members")
    TICKET = watched_show.TICKET, _("People with a ticket")


class AiMade(models.TextChoices):
    """The part of a show that artificial intelligence makes or alters (Regulation (EU) 2024/1689
    Art. 50(4))."""

    NOTHING = "", _("Nothing")
    HOST = "host", _("The host")
    VOICE = "voice", _("The voice")
    BOTH = "host-and-voice", _("The host and the voice")


class Host(BrandOwned):
    """A person on camera."""

    name = models.CharField(_("name"), max_length=80)
    about = models.CharField(_("about"), max_length=200, blank=True)
    picture = models.ImageField(_("picture"), upload_to="hosts", blank=True)

    class Meta(BrandOwned.Meta):
        ordering = ["name"]
        verbose_name = _("host")
        verbose_name_plural = _("hosts")

    @override
    def __str__(self) -> str:
        return self.name


class Show(BrandOwned):
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    cover = models.ImageField(_("cover"), upload_to="covers", blank=True)
    # The host's text, for her alone; a line that begins with # is a cue.
    teleprompter = models.TextField(
        _("teleprompter"), max_length=20_000, blank=True, default="", db_default=""
    )
    state = models.CharField(_("state"), max_length=10, choices=ShowState, default=ShowState.DRAFT)
    published = models.BooleanField(_("published"), default=False)
    open_to = models.CharField(
        _("open to"), max_length=10, choices=OpenTo, default=OpenTo.EVERYONE,
        db_default=OpenTo.EVERYONE,
    )  # fmt: skip
    is_test = models.BooleanField(_("test show"), default=False)
    # The show that this hidden one rehearses; nothing is sold in it.
    rehearses = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="+", editable=False
    )
    # for all viewers: staff have it at every show
    has_live_edge = models.BooleanField(_("half a second behind"), default=False, db_default=False)
    evens_loudness = models.BooleanField(_("even loudness"), default=False, db_default=False)
    ai_made = models.CharField(
        _("made by artificial intelligence"), max_length=14, choices=AiMade, blank=True,
        default=AiMade.NOTHING, db_default=AiMade.NOTHING,
    )  # fmt: skip
    # whatever was so at some time while it was live: the replay shows those pictures, too
    ai_made_live = models.CharField(
        max_length=14, choices=AiMade, blank=True, default=AiMade.NOTHING,
        db_default=AiMade.NOTHING, editable=False,
    )  # fmt: skip
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)  # as planned
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    hosts = models.ManyToManyField(Host, blank=True, related_name="shows", verbose_name=_("hosts"))
    timeline = models.OneToOneField(
        "timeline.Timeline", on_delete=models.PROTECT, related_name="show", editable=False
    )
    backstage = models.OneToOneField(  # what only staff follow
        "timeline.Timeline", on_delete=models.PROTECT, related_name="+", editable=False
    )
    channel = models.OneToOneField(
        "media.Channel", on_delete=models.PROTECT, related_name="show", editable=False
    )
    # The replay's first and last picture (program date time); null: the show's own.
    replay_from = models.DateTimeField(_("replay begins at"), null=True, editable=False)
    replay_until = models.DateTimeField(_("replay ends at"), null=True, editable=False)
    recording_deleted_at = models.DateTimeField(
        _("recording deleted at"), null=True, editable=False
    )
    peak_viewers = models.PositiveIntegerField(_("most viewers"), default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(BrandOwned.Meta):
        ordering = ["-starts_at"]
        verbose_name = _("show")
        verbose_name_plural = _("shows")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "scheduled"], started_at__isnull=True)
                | Q(state__in=["live", "ended"], started_at__isnull=False),
                name="show_started_when_live",
            )
        ]

    @override
    def __str__(self) -> str:
        return self.title


class RundownItem(BrandScoped):
    """One place in the plan: a product, or an item of a kind that a room has registered
    (`rundown_kinds`), whose data are in `payload`."""

    brand_path = "show__brand"

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="rundown")
    kind = models.CharField(_("kind"), max_length=20, default=PRODUCT_ITEM, db_default=PRODUCT_ITEM)
    product = models.ForeignKey(
        "catalogue.Product", null=True, on_delete=models.CASCADE, related_name="+",
        verbose_name=_("product"),
    )  # fmt: skip
    payload: Any = models.JSONField(default=dict, blank=True)
    position = models.PositiveIntegerField(_("position"))

    class Meta(BrandScoped.Meta):
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["show", "product"], name="rundown_product_once"),
            models.CheckConstraint(
                condition=Q(kind=PRODUCT_ITEM, product__isnull=False)
                | (~Q(kind=PRODUCT_ITEM) & Q(product__isnull=True)),
                name="rundown_item_of_its_kind",
            ),
        ]


class Highlight(BrandScoped):
    """Products on screen, from one picture to another (program date time of the recording)."""

    brand_path = "show__brand"

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="highlights")
    products = models.ManyToManyField("catalogue.Product", related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(BrandScoped.Meta):
        ordering = ["started_at"]


class Cue(BrandScoped):
    """The turn of one item of the rundown, from one picture on. The latest that nobody took back is
    the current one."""

    brand_path = "show__brand"

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="cues", db_index=False)
    item = models.ForeignKey(RundownItem, null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200)  # of the item, as it was called then
    reached_at = models.DateTimeField()  # a picture
    # Who gave it; a cue that came by itself has the person of the one before.
    by = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    by_itself = models.BooleanField(default=False)
    # The next one waits for a person, also one that would come by itself.
    held = models.BooleanField(default=False)
    # What it put on screen, and the products that it took off.
    highlight = models.ForeignKey(
        Highlight, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    before: Any = models.JSONField(default=list)
    taken_back_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(BrandScoped.Meta):
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["show", "created_at"], name="cues_of_show")]


class Broadcast(BrandScoped):
    """One continuous run of ingested video; a show has many."""

    brand_path = "show__brand"

    show = models.ForeignKey(Show, on_delete=models.CASCADE, related_name="broadcasts")
    number = models.PositiveIntegerField(_("number"))
    protocol = models.CharField(_("protocol"), max_length=10, default="rtmp")
    encoder = models.CharField(_("encoder"), max_length=120, blank=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta(BrandScoped.Meta):
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["show", "number"], name="broadcast_number")]
