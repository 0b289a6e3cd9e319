"""Tables of brands, accounts, staff, members, bans and rate counters."""

import secrets
from datetime import datetime
from typing import Any, ClassVar, override

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from showfloor.accounts import time_zones
from showfloor.accounts.dial import DialLevel
from showfloor.accounts.display_fonts import DisplayFont
from showfloor.accounts.mail_layout import MailLayout as MailLayout
from showfloor.accounts.scoping import BrandOwned, BrandScoped
from showfloor.accounts.segments import check_traits
from showfloor.accounts.subjects import Subject
from showfloor.kernel.ids import ID_LENGTH, new_id


class UserManager(BaseUserManager["User"]):
    """Users are known by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **more: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **more: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **more)


class User(AbstractUser):
    """Credentials, installation-wide. Rights are per brand: `StaffRole`, `Member`."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    # Raised to end every session that was signed in before.
    session_round = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    @override
    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def staff_subject(self) -> Subject:
        """Return the subject under which this person works at their brands."""
        return Subject.staff(self.pk)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the hash of password and round that a session must match."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        if not self.session_round:
            return of_password
        named = f"{of_password}:{self.session_round}"
        salt = "showfloor.session-round"
        return salted_hmac(salt, named, secret=secret, algorithm="sha256").hexdigest()


def new_host_token() -> str:
    """Return the value that a brand's DNS record has to carry."""
    return secrets.token_hex(16)


class Brand(models.Model):
    """A tenant: its own shows, catalogue, staff and look."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    slug = models.SlugField(_("address"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    logo = models.ImageField(_("logo"), upload_to="brands", blank=True)
    accent = models.CharField(
        _("accent colour"), max_length=7, default="#8c2f39",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("A colour like #8c2f39."))],
    )  # fmt: skip
    icon = models.ImageField(
        _("icon"), upload_to="brands", blank=True,
        help_text=_("Square, for browser tabs. Empty: the logo where it is square, else a letter."),
    )  # fmt: skip
    hero = models.ImageField(
        _("large picture"), upload_to="brands", blank=True,
        help_text=_("Wide, at the top of the programme; at least 1600 pixels."),
    )  # fmt: skip
    display_font = models.CharField(
        _("font of headings"), max_length=16, choices=DisplayFont, default=DisplayFont.WARM_SERIF
    )
    host_name = models.CharField(
        _("host name"), max_length=253, blank=True,
        help_text=_("Address that shows this brand's programme at /; empty: the first brand's."),
    )  # fmt: skip
    # A host name shows the brand from this moment on; see `host_names`.
    host_verified_at = models.DateTimeField(_("host name proven"), null=True, editable=False)
    host_token = models.CharField(max_length=32, default=new_host_token, editable=False)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    tax_rate_bp = models.PositiveIntegerField(
        _("tax rate, basis points"), default=1900,
        help_text=_("1900 = 19 %. For countries and goods without a rate of their own."),
    )  # fmt: skip
    prices_include_tax = models.BooleanField(
        _("prices include tax"), default=True,
        help_text=_("What a consumer pays is what you enter, as the law asks in Europe."),
    )  # fmt: skip
    time_zone = models.CharField(
        _("time zone"), max_length=64, default=time_zones.installation_zone,
        validators=[time_zones.check_time_zone],
        help_text=_("Of the console, the back office and mails. Visitors see their own."),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=10, default="en")
    replay_days = models.PositiveIntegerField(
        _("days that recordings are kept"), null=True, blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "After so many days a show's recording is deleted, with its clips and files. Empty: it"
            " is kept as long as the show."
        ),
    )  # fmt: skip
    takes_playback_reports = models.BooleanField(
        _("players tell how the picture does"), default=True, db_default=True,
        help_text=_(
            "Stalls and delay, every half a minute, for the console. Nothing says who watches, and"
            " nothing is stored."
        ),
    )  # fmt: skip
    tells_bought = models.BooleanField(
        _("tell how many were bought"), default=True, db_default=True,
        help_text=_("On a show's cards, to viewers who want to see everything."),
    )  # fmt: skip
    dial = models.CharField(
        _("on the picture"), max_length=6, choices=DialLevel, default=DialLevel.NORMAL,
        db_default=DialLevel.NORMAL.value,
        help_text=_("How much stands on a show's picture until a viewer turns it up or down."),
    )  # fmt: skip
    imprint_url = models.URLField(_("address of the imprint"), max_length=500, blank=True)
    terms_url = models.URLField(_("address of the terms of sale"), max_length=500, blank=True)
    privacy_url = models.URLField(_("address of the privacy notice"), max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints = [
            models.UniqueConstraint(
                fields=["host_name"],
                condition=Q(host_verified_at__isnull=False),
                name="verified_host_name_unique",
            )
        ]

    @override
    def __str__(self) -> str:
        return self.name


class Installation(models.Model):
    """The purpose of this database; at most one row. The people of a demo sign in with published
    passwords, so nothing but a demo serves its database."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_installation")]

    @override
    def __str__(self) -> str:
        return "demo" if self.is_demo else "installation"


class Role(models.TextChoices):
    """The work of a person at a brand. Owners may do everything."""

    OWNER = "owner", _("Owner")
    PRODUCER = "producer", _("Producer")
    CLERK = "clerk", _("Clerk")
    MODERATOR = "moderator", _("Moderator")
    HOST = "host", _("Host")


class StaffRole(BrandOwned):
    """One person's role at one brand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_roles")
    # The role that may do least: more rights are given on purpose.
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.HOST)

    class Meta(BrandOwned.Meta):
        verbose_name = _("staff role")
        verbose_name_plural = _("staff")
        constraints = [models.UniqueConstraint(fields=["user", "brand"], name="one_role_per_brand")]

    @override
    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class StaffInvitation(BrandOwned):
    """An address whose holder may take a role at the brand; gone once they have."""

    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.HOST)
    invited_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("invited by")
    )
    created_at = models.DateTimeField(_("invited at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("good until"))

    class Meta(BrandOwned.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["brand", "email"], name="one_invitation_per_address")
        ]

    @override
    def __str__(self) -> str:
        return self.email


class Member(BrandOwned):
    """Someone with an account at the brand."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    display_name = models.CharField(_("display name"), max_length=30, blank=True)
    traits: Any = models.JSONField(
        _("traits"), default=list, blank=True, validators=[check_traits],
        help_text=_('What may open doors to them, for example ["vip", "ticket:gala"].'),
    )  # fmt: skip
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)

    class Meta(BrandOwned.Meta):
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["user", "brand"], name="one_member_per_brand")
        ]

    @override
    def __str__(self) -> str:
        return self.display_name or self.pk

    @property
    def subject(self) -> Subject:
        return Subject.member(self.pk)


class Ban(BrandOwned):
    """A person banned from a brand's shows, and for a guest also the network.

    `subject` is a token's `sub`; `network` the keyed hash of the address's /24 or /64, never the
    address itself.
    """

    subject = models.CharField(max_length=64)
    network = models.CharField(max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=30)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    banned_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("banned by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)

    class Meta(BrandOwned.Meta):
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        indexes = [
            models.Index(fields=["brand", "subject"]),
            models.Index(fields=["brand", "network"]),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    def in_force(self, now: datetime) -> bool:
        return self.lifted_at is None and (self.until is None or self.until > now)


class AccessChangeKind(models.TextChoices):
    """The kind of a change for open connections. Brackets say what `subject` is."""

    BAN = "ban"  # a person is banned (a token's `sub`)
    LIFT = "lift"  # a ban is lifted (a token's `sub`)
    RIGHTS = "rights"  # tokens made before are no longer good (a token's `sub`)
    HIDDEN = "hidden"  # the public may no longer see a show (its timeline's id)
    ROTATED = "rotated"  # a stream key is no longer good (the channel's id)


class AccessChange(BrandScoped):
    """One change in who may see or do something; only ever appended, and gone after a day."""

    id = models.BigAutoField(primary_key=True)  # type: ignore[assignment]
    brand = models.ForeignKey(Brand, null=True, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=10, choices=AccessChangeKind)
    subject = models.CharField(max_length=64)
    network = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta(BrandScoped.Meta):
        pass


class RateCounter(models.Model):
    """A counter of a rate limit, or a lock on one, until its time is over.

    `key`: keyed hash of what is counted, which names people's addresses.
    """

    key = models.CharField(primary_key=True, max_length=64)
    value = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    @override
    def __str__(self) -> str:
        return self.key
