"""Back office: notices of illegal content to decide, and complaints about decisions."""

from collections.abc import Mapping
from typing import Any, ClassVar, override

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from showfloor.accounts import brand_urls
from showfloor.accounts.act_page import ActForm, ActPage
from showfloor.accounts.models import Role
from showfloor.community.notices import services
from showfloor.community.notices.models import (
    ComplaintState,
    ContentNotice,
    GroundKind,
    IllegalCategory,
    NoticeComplaint,
    NoticeState,
)
from showfloor.community.notices.rules import Decision

_EDITORS = (Role.PRODUCER, Role.MODERATOR)


class NoticeForm(ActForm):
    """A decision with its reasons."""

    field_of: ClassVar[Mapping[str, str]] = {
        "state": "outcome",
        **{name: f"chosen_{name}" for name in ("ground", "clause", "measure", "reason")},
    }

    @override
    @classmethod
    def fields_of_act(cls, row: Any) -> Mapping[str, forms.Field]:
        if row.state != NoticeState.OPEN:
            return {}
        choices = [("", "–"), *(one for one in NoticeState.choices if one[0] != NoticeState.OPEN)]
        return {
            "outcome": forms.ChoiceField(
                label=_("Decision"), choices=choices, widget=UnfoldAdminSelectWidget,
                help_text=_(
                    "Removed: Showfloor takes it down now, for good where it is a message or a "
                    "question. Restricted: you have done something yourself, and say what."
                ),
            ),
            "chosen_ground": forms.ChoiceField(
                label=_("On which ground"), required=False, widget=UnfoldAdminSelectWidget,
                choices=[("", "–"), *GroundKind.choices],
            ),
            "chosen_clause": forms.CharField(
                label=_("Law or clause of your terms"), required=False, max_length=200,
                widget=UnfoldAdminTextInputWidget,
            ),
            "chosen_measure": forms.CharField(
                label=_("What you have done"), required=False, max_length=300,
                widget=UnfoldAdminTextInputWidget,
            ),
            "chosen_reason": forms.CharField(
                label=_("Facts and reasons"), max_length=2000, widget=UnfoldAdminTextareaWidget,
                help_text=_(
                    "Both sides read this: the person who sent the notice, and the author. Name "
                    "nobody who reported it."
                ),
            ),
        }  # fmt: skip

    @override
    def do(self) -> None:
        if "outcome" in self.fields:
            decision = Decision(
                self.text("outcome"), self.text("chosen_reason"), self.text("chosen_ground"),
                self.text("chosen_clause"), self.text("chosen_measure"),
            )  # fmt: skip
            services.decide(self.instance, decision, self.act)


class ComplaintForm(ActForm):
    field_of: ClassVar[Mapping[str, str]] = {"answer": "chosen_answer"}

    @override
    @classmethod
    def fields_of_act(cls, row: Any) -> Mapping[str, forms.Field]:
        if row.state != ComplaintState.OPEN:
            return {}
        choices = [(one.value, one.label) for one in ComplaintState if one != ComplaintState.OPEN]
        return {
            "outcome": forms.ChoiceField(
                label=_("Decision"), choices=[("", "–"), *choices], widget=UnfoldAdminSelectWidget,
                help_text=_(
                    "It is best decided by somebody else than the first time. An author's message "
                    "or question comes back by itself while its show goes on. What else follows "
                    "from it, for example publishing a product again, you do yourself."
                ),
            ),
            "chosen_answer": forms.CharField(
                label=_("Answer with reasons"), max_length=2000,
                widget=UnfoldAdminTextareaWidget,
            ),
        }  # fmt: skip

    @override
    def do(self) -> None:
        if "outcome" in self.fields:
            granted = self.text("outcome") == ComplaintState.GRANTED
            services.answer(
                self.instance, grant=granted, text=self.text("chosen_answer"), by=self.act
            )


@admin.register(ContentNotice)
class NoticeAdmin(ActPage):
    """Notices, the one with the nearest deadline first."""

    form = NoticeForm
    view_roles = edit_roles = _EDITORS
    list_display = ("due_at", "state", "kind", "category", "words", "show", "submitted_at")
    list_filter = ("origin", "state", "category", "kind", "submitted_at")
    list_select_related = ("brand", "show")
    search_fields = ("name", "email", "explanation", "content", "author_name", "location")
    ordering = ("due_at",)
    shown = (
        "page", "origin", "kind", "content", "author_name", "category", "explanation", "duty",
        "name", "email", "submitted_at", "due_at", "state", "ground", "clause", "measure", "reason",
        "decided_at", "decided_by",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("address of the content"))
    def page(self, row: ContentNotice) -> str:
        """Return the address; only one that leads to a page of the brand is a link."""
        if not row.location.startswith("/") or row.location.startswith("//"):
            return row.location
        url = brand_urls.absolute(row.brand, row.location)
        return format_html('<a href="{}" rel="noreferrer">{}</a>', url, row.location)

    @admin.display(description=gettext_lazy("its words"))
    def words(self, row: ContentNotice) -> str:
        return row.content[:80] or "–"

    @admin.display(description=gettext_lazy("your duty"), empty_value="–")
    def duty(self, row: ContentNotice) -> str | None:
        if row.category in {IllegalCategory.CHILD_ABUSE, IllegalCategory.THREAT}:
            return _(
                "Where a life or somebody's safety may be in danger, tell the police at once "
                "(Regulation (EU) 2022/2065, Art. 18)."
            )
        return None


@admin.register(NoticeComplaint)
class ComplaintAdmin(ActPage):
    form = ComplaintForm
    view_roles = edit_roles = _EDITORS
    list_display = ("submitted_at", "state", "side", "notice", "decided_at")
    list_filter = ("state", "side", "submitted_at")
    list_select_related = ("notice__brand",)
    search_fields = ("text", "notice__content")
    shown = (
        "notice_link", "side", "text", "submitted_at", "first_by", "state", "answer",
        "put_back", "decided_at", "decided_by",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("notice"))
    def notice_link(self, row: NoticeComplaint) -> str:
        url = reverse("admin:community_contentnotice_change", args=[row.notice_id])
        return format_html('<a href="{}">{}</a>', url, row.notice)

    @admin.display(description=gettext_lazy("first decided by"), empty_value="–")
    def first_by(self, row: NoticeComplaint) -> Any:
        return row.notice.decided_by
