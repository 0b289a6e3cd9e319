"""A brand's word rules over HTTP."""

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.community.moderation import word_rules
from showfloor.community.safety.models import WordRule
from showfloor.community.textfilter.matcher import RULES_MAX
from showfloor.kernel.csv_cells import BYTE_ORDER_MARK

router = Router(tags=["moderation"])


class WordIn(Schema):
    """A word is found whole; `*` stands for any letters."""

    pattern: str = Field(max_length=200)
    action: Literal["block", "hold", "replace", "flag"]
    language: str = Field(default="", max_length=10, description="`de`; empty: every language")
    replacement: str = Field(default="", max_length=100, description="Empty: ***")
    catches_variants: bool = Field(default=True, description="Also when it is disguised")


class WordChangesIn(Schema):
    """Fields that are left out stay as they are."""

    pattern: str | None = Field(default=None, max_length=200)
    action: Literal["block", "hold", "replace", "flag"] | None = None
    language: str | None = Field(default=None, max_length=10)
    replacement: str | None = Field(default=None, max_length=100)
    catches_variants: bool | None = None


class WordOut(WordIn):
    id: str


class TrialIn(Schema):
    text: str = Field(max_length=word_rules.TEST_CHARS_MAX)


class MatchOut(Schema):
    """The pattern of rule `id` was found in `text[start:end]`."""

    id: str
    pattern: str
    action: str
    language: str = Field(description="Of the rule; empty: every language")
    start: int
    end: int


class TrialOut(Schema):
    """`text`: the text as it would be shown, with its replacements."""

    action: str | None
    text: str
    matches: list[MatchOut]


@router.get("/brands/{brand}/words", response=list[WordOut], summary="The brand's word rules")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def list_words(request: StaffRequest, brand: str) -> list[dict[str, Any]]:
    rows = WordRule.objects.for_brand(request.brand).order_by("pattern", "language", "pk")
    return [_word(row) for row in rows[:RULES_MAX]]


@router.post("/brands/{brand}/words", response={201: WordOut}, summary="Add a word rule")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def create_word(request: StaffRequest, brand: str, body: WordIn) -> Any:
    draft = word_rules.RuleDraft(
        body.pattern, body.action, body.language, body.replacement, body.catches_variants
    )
    return Status(201, _word(word_rules.add(request.brand, draft, request.user)))


@router.get("/brands/{brand}/words.csv", summary="The whole list as a file")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def export_words(request: StaffRequest, brand: str) -> HttpResponse:
    text = BYTE_ORDER_MARK + "".join(word_rules.export_csv(request.brand))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="words.csv"'
    return response


@router.post("/brands/{brand}/words/test", response=TrialOut, summary="Try a text out")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def try_words(request: StaffRequest, brand: str, body: TrialIn) -> dict[str, Any]:
    trial = word_rules.try_out(request.brand, body.text)
    return {
        "action": trial.action,
        "text": trial.text,
        "matches": [
            {
                "id": match.rule.id,
                "pattern": match.rule.pattern,
                "action": match.rule.action,
                "language": match.rule.language,
                "start": match.start,
                "end": match.end,
            }
            for match in trial.matches
        ],
    }


@router.patch("/brands/{brand}/words/{word_id}", response=WordOut, summary="Change a word rule")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def change_word(
    request: StaffRequest, brand: str, word_id: str, body: WordChangesIn
) -> dict[str, Any]:
    changes = {name: value for name, value in body.dict().items() if value is not None}
    return _word(word_rules.change(request.brand, word_id, changes, request.user))


@router.delete("/brands/{brand}/words/{word_id}", response={204: None}, summary="Remove it")
@permissions.staff(Role.PRODUCER, Role.MODERATOR)
def delete_word(request: StaffRequest, brand: str, word_id: str) -> Any:
    word_rules.remove(request.brand, word_id, request.user)
    return Status(204, None)


def _word(row: WordRule) -> dict[str, Any]:
    return {
        "id": row.pk, "pattern": row.pattern, "action": row.action, "language": row.language,
        "replacement": row.replacement, "catches_variants": row.catches_variants,
    }  # fmt: skip
