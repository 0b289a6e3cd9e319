"""Back office: brands, who works for them, their members, and who was sent out."""

from http import HTTPStatus
from typing import Any, override

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
)

from showfloor.accounts import (
    bans,
    currencies,
    host_names,
    invitations,
    time_zones,
    token_revocation,
)
from showfloor.accounts.admin_base import (
    BackOfficeAdmin,
    BrandAdmin,
    BrandForm,
    ConfirmedPages,
    SuperuserAdmin,
    brand_ids,
    thumbnail,
)
from showfloor.accounts.models import Ban, Brand, Member, Role, StaffInvitation, StaffRole, User
from showfloor.kernel.clock import utc_now
from showfloor.kernel.errors import ShowfloorError
from showfloor.kernel.money import is_currency

# Rights here come from roles at brands, and log-in addresses from allauth's own pages.
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)
admin.site.unregister(UserSession)


class BrandSettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Checks host name, currency and language where their fields can say what is wrong."""

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not is_currency(code):
            raise forms.ValidationError(_("A currency has three letters, like EUR."))
        was = self.initial.get("currency")
        obstacle = currencies.obstacle_to(self.instance.pk, code) if was not in {None, code} else ""
        if obstacle:
            raise forms.ValidationError(obstacle)
        return code

    def clean_language(self) -> str:
        code = str(self.cleaned_data["language"])
        if code not in dict(settings.LANGUAGES):
            raise forms.ValidationError(_("Showfloor does not speak this language."))
        return code

    def clean_host_name(self) -> str:
        try:
            name = host_names.cleaned(self.cleaned_data["host_name"])
            taken = Brand.objects.filter(host_name=name, host_verified_at__isnull=False)
            if name and taken.exclude(pk=self.instance.pk).exists():
                raise host_names.taken()
        except ShowfloorError as error:
            raise forms.ValidationError(error.message) from None
        return name


def _is_operator(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


@admin.register(Brand)
class BrandSettingsAdmin(BackOfficeAdmin):
    """A brand's owners set it up; only the installation's superuser adds or removes one."""

    list_display = ("name", "slug", "currency", "host_name", "logo_small")
    search_fields = ("name", "slug")
    readonly_fields = ("host_state",)
    form = BrandSettingsForm
    change_form_template = "admin/accounts/brand/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "slug", "tagline")}),
        (gettext_lazy("Look"), {"fields": ("accent", "display_font", "logo", "icon", "hero")}),
        (gettext_lazy("Own address"), {"fields": ("host_name", "host_state")}),
        (
            gettext_lazy("Selling"),
            {
                "fields": (
                    ("currency", "tax_rate_bp", "prices_include_tax"),
                    ("time_zone", "language"),
                    "replay_days",
                    "takes_playback_reports",
                    ("dial", "tells_bought"),
                )
            },
        ),
        (
            gettext_lazy("Legal texts"),
            {
                "fields": ("imprint_url", "terms_url", "privacy_url"),
                "description": gettext_lazy("Pages of your own, linked at the foot of every page."),
            },
        ),
    )

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Brand]:
        rows: models.QuerySet[Brand] = super().get_queryset(request)
        return rows.filter(pk__in=brand_ids(request, ()))

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "accent":
            kwargs["widget"] = UnfoldAdminColorInputWidget()
        if db_field.name == "time_zone":
            choices = [(name, name.replace("_", " ")) for name in time_zones.names()]
            kwargs["widget"] = UnfoldAdminSelect2Widget(choices=choices)
        if db_field.name == "language":
            kwargs["widget"] = UnfoldAdminSelectWidget(choices=settings.LANGUAGES)
            kwargs["help_text"] = _(
                "For your mails, and for your pages where a browser asks for none of our languages."
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: Brand, form: Any, change: bool) -> None:
        if "host_name" in form.changed_data:
            host_names.claim(obj, is_trusted=_is_operator(request))
        super().save_model(request, obj, form, change)

    @override
    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """A host name that is not proven yet is looked for with each saving, after the commit."""
        page = super().change_view(request, object_id, *args, **kwargs)
        if request.method == "POST" and page.status_code == HTTPStatus.FOUND:
            self._verify(request, object_id)
        return page

    def _verify(self, request: HttpRequest, brand_id: str) -> None:
        brand = self.get_queryset(request).filter(pk=brand_id).first()
        if brand is None or not brand.host_name or brand.host_verified_at is not None:
            return
        try:
            is_proven = host_names.verify(brand.pk)
        except ShowfloorError as error:
            self.message_user(request, error.message, messages.WARNING)
            return
        if is_proven:
            said = _("%(host)s shows this brand from now on.")
            self.message_user(request, said % {"host": brand.host_name}, messages.SUCCESS)
        else:
            said = _("%(host)s is not proven yet: make the DNS record below, then save again.")
            self.message_user(request, said % {"host": brand.host_name}, messages.WARNING)

    @admin.display(description=gettext_lazy("host name proven"))
    def host_state(self, brand: Brand) -> str:
        if not brand.host_name:
            return "–"
        if brand.host_verified_at is not None:
            return _("Yes: the brand shows at this address.")
        name, value = host_names.record_of(brand)
        return format_html(
            "{}<br>TXT <code>{}</code><br><code>{}</code>",
            _("Not yet. Make this DNS record, then save:"), name, value,
        )  # fmt: skip

    @admin.display(description=gettext_lazy("logo"))
    def logo_small(self, brand: Brand) -> str:
        return thumbnail(brand.logo)

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(brand_ids(request, ()))

    @override
    def has_view_permission(self, request: HttpRequest, obj: Brand | None = None) -> bool:
        ids = brand_ids(request, ())
        return bool(ids) if obj is None else obj.pk in ids

    @override
    def has_change_permission(self, request: HttpRequest, obj: Brand | None = None) -> bool:
        return self.has_view_permission(request, obj)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_superuser

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Brand | None = None) -> bool:
        return self.has_add_permission(request)


@admin.register(User)
class UserAdmin(ConfirmedPages, SuperuserAdmin):
    """Accounts of the whole installation: the superuser's, because people work for many brands."""

    list_display = ("email", "full_name", "is_staff", "is_superuser", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fields = (
        "email", ("first_name", "last_name"), ("is_active", "is_staff", "is_superuser"),
        ("last_login", "date_joined"),
    )  # fmt: skip
    readonly_fields = ("last_login", "date_joined")
    actions = ("remove_second_factors",)

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.action(
        description=gettext_lazy("Remove second factors (a phone is lost)"), permissions=["change"]
    )
    def remove_second_factors(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        """For people who have lost theirs, and the recovery codes with it; they are told."""
        users = list(queryset[:100])
        for user in users:
            Authenticator.objects.filter(user=user).delete()
            get_adapter().send_notification_mail("second_factors_removed", user)
        self.message_user(request, _("%(count)d accounts changed.") % {"count": len(users)})

    @override
    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()  # log-in by e-mail code until they choose one
        elif "email" in form.changed_data:
            moved = {"from_email": form.initial["email"], "to_email": obj.email}
            get_adapter().send_notification_mail(
                "account/email/email_changed", obj, moved, email=moved["from_email"]
            )
        super().save_model(request, obj, form, change)
        if {"is_active", "is_superuser"} & set(form.changed_data):
            token_revocation.revoke_person_tokens(obj)

    @override
    def delete_model(self, request: HttpRequest, obj: User) -> None:
        token_revocation.revoke_person_tokens(obj)
        super().delete_model(request, obj)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[User]) -> None:
        for user in queryset:
            token_revocation.revoke_person_tokens(user)
        super().delete_queryset(request, queryset)


class StaffInvitationForm(BrandForm):
    @override
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        brand, email = cleaned.get("brand"), cleaned.get("email", "").lower()
        if brand is None or not email:
            return cleaned
        cleaned["email"] = email
        if StaffRole.objects.for_brand(brand).filter(user__email=email).exists():
            self.add_error("email", _("This person has a role at the brand already."))
        waiting = StaffInvitation.objects.for_brand(brand)
        if waiting.filter(email=email).exists():
            self.add_error("email", _("This address is invited already; send that one again."))
        elif waiting.count() >= invitations.INVITATIONS_MAX:
            self.add_error(None, _("So many invitations wait already. Withdraw some."))
        return cleaned


@admin.register(StaffInvitation)
class StaffInvitationAdmin(ConfirmedPages, BrandAdmin):
    """Invitations by address. The page does not say whether the address has an account, or whose,
    before somebody accepts."""

    form = StaffInvitationForm
    can_change = False
    list_display = ("email", "role", "invited_by", "created_at", "expires_at")
    list_filter = ("role",)
    list_select_related = ("invited_by", "brand")
    search_fields = ("email",)
    fields = ("brand", "email", "role")
    actions = ("send_again",)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else super().get_readonly_fields(request, obj)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "role":
            field.help_text = _(
                "Hosts look on and talk; moderators also keep the chat; producers also run shows"
                " and products; owners may do everything."
            )
        return field

    @override
    def save_model(
        self, request: HttpRequest, obj: StaffInvitation, form: Any, change: bool
    ) -> None:
        assert isinstance(request.user, User), "the page needs a log-in"
        obj.invited_by = request.user
        invitations.send(obj)

    @admin.action(description=gettext_lazy("Send the mail again"), permissions=["delete"])
    def send_again(self, request: HttpRequest, queryset: models.QuerySet[StaffInvitation]) -> None:
        own = queryset.filter(brand_id__in=self.editable_brand_ids(request))
        rows = list(own.select_related("brand")[: invitations.INVITATIONS_MAX])
        for row in rows:
            invitations.send(row)
        self.message_user(request, _("%(count)d sent.") % {"count": len(rows)})


@admin.register(StaffRole)
class StaffRoleAdmin(ConfirmedPages, BrandAdmin):
    """The staff of a brand with their roles. People come in by an invitation."""

    can_add = False
    list_display = ("person", "email", "role")
    list_filter = ("role",)
    list_select_related = ("user", "brand")
    search_fields = ("user__email", "user__first_name", "user__last_name")
    fields = ("brand", "person", "email", "role")
    readonly_fields = ("person", "email")

    @override
    def save_model(self, request: HttpRequest, obj: StaffRole, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        token_revocation.revoke_role_tokens(obj)

    @override
    def delete_model(self, request: HttpRequest, obj: StaffRole) -> None:
        token_revocation.revoke_role_tokens(obj)
        super().delete_model(request, obj)

    @override
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[StaffRole]) -> None:
        for row in queryset:
            token_revocation.revoke_role_tokens(row)
        super().delete_queryset(request, queryset)

    @admin.display(description=gettext_lazy("name"), ordering="user__last_name")
    def person(self, row: StaffRole) -> str:
        return row.user.get_full_name()

    @admin.display(description=gettext_lazy("e-mail"), ordering="user__email")
    def email(self, row: StaffRole) -> str:
        return row.user.email

    @override
    def has_delete_permission(self, request: HttpRequest, obj: StaffRole | None = None) -> bool:
        own = obj is not None and obj.user_id == request.user.pk
        return not own and super().has_delete_permission(request, obj)

    @override
    def has_change_permission(self, request: HttpRequest, obj: StaffRole | None = None) -> bool:
        own = obj is not None and obj.user_id == request.user.pk
        return not own and super().has_change_permission(request, obj)


@admin.register(Member)
class MemberAdmin(BrandAdmin):
    view_roles = (Role.PRODUCER, Role.MODERATOR)
    can_add = False
    list_display = ("display_name", "email", "joined_at")
    list_filter = ("joined_at",)
    list_select_related = ("user", "brand")
    search_fields = ("display_name", "user__email")
    date_hierarchy = "joined_at"
    fields = ("brand", "display_name", "email", "traits", "joined_at")
    readonly_fields = ("email", "joined_at")
    export_columns = (("name", "display_name"), ("email", "email"), ("joined_at", "joined_at"))

    @override
    def save_model(self, request: HttpRequest, obj: Member, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "traits" in form.changed_data:
            # A token that says otherwise is no longer good.
            token_revocation.revoke_member_tokens(obj)

    @admin.display(description=gettext_lazy("e-mail"), ordering="user__email")
    def email(self, member: Member) -> str:
        return member.user.email


@admin.register(Ban)
class BanAdmin(BrandAdmin):
    """Bans are made in the console, beside the message; here they are looked through and lifted."""

    view_roles = (Role.HOST,)
    edit_roles = (Role.PRODUCER, Role.MODERATOR)
    can_add = can_change = can_delete_rows = False
    list_display = ("name", "reason", "banned_by", "created_at", "until", "stands")
    list_filter = ("created_at",)
    list_select_related = ("banned_by", "brand")
    search_fields = ("name", "reason")
    fields = ("name", "reason", "banned_by", ("created_at", "until", "lifted_at"))
    actions = ("lift_selected",)

    @admin.display(description=gettext_lazy("in force"), boolean=True)
    def stands(self, ban: Ban) -> bool:
        return ban.in_force(utc_now())

    @admin.action(description=gettext_lazy("Lift the selected bans"), permissions=["moderate"])
    def lift_selected(self, request: HttpRequest, queryset: models.QuerySet[Ban]) -> None:
        own = queryset.filter(brand_id__in=self.editable_brand_ids(request))
        rows = list(own[:1000])
        for row in rows:
            bans.lift_ban(row.brand_id, row.pk)
        self.message_user(request, _("%(count)d lifted.") % {"count": len(rows)})

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return bool(self.editable_brand_ids(request))
