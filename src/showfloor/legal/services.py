"""The verbs of legal texts: publish a version, go public without one."""

from datetime import datetime

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, User
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.errors import Conflict, Invalid
from showfloor.legal import queries, rules
from showfloor.legal.models import LegalOverride, LegalText, LegalVersion

REASON_CHARS_MIN = 10


@verb
def publish(text: LegalText, by: User | None, now: datetime) -> LegalVersion:
    """Make the draft the next version, which is in force from now on; Invalid while it has gaps,
    Conflict when it says what the last version says."""
    with write():
        rows = LegalText.objects.for_brand(text.brand_id).select_for_update(of=("self",))
        locked = rows.get(pk=text.pk)
        body = rules.check_publishable(locked.draft)
        last = LegalVersion.objects.for_brand(text.brand_id).filter(text=locked).first()
        is_same = last is not None and (last.body, last.names_loss) == (body, locked.names_loss)
        if is_same:
            raise Conflict(_("This is what the published version says already."), code="unchanged")
        made = LegalVersion(
            text=locked, number=last.number + 1 if last is not None else 1, body=body,
            names_loss=locked.names_loss, published_at=now, published_by=by,
        )  # fmt: skip
        made.save(force_insert=True)
    return made


def overriding(brand: Brand, by: User | None, reason: str) -> LegalOverride:
    """Return the row, not yet saved, by which shows may be public without the texts that are
    missing now, on the owner's word. Invalid without a reason, Conflict when nothing is missing.
    """
    reason = " ".join(reason.split())
    if len(reason) < REASON_CHARS_MIN:
        raise Invalid(_("Give the reason, so that it can be read later."), field="reason")
    lacking = queries.missing(brand)
    if not lacking:
        raise Conflict(_("No required text is missing."), code="nothing-missing", field="reason")
    return LegalOverride(brand=brand, by=by, missing=list(lacking), reason=reason[:300])


def check_public(brand: Brand) -> None:
    """Conflict when a show of this brand may not be public yet, with what is missing in words."""
    lacking = queries.missing(brand)
    if not lacking or queries.overridden(brand.pk).issuperset(lacking):
        return
    raise Conflict(
        _(
            "A show can only be public when the law's texts are there. Missing: %(names)s."
            " Publish them in the back office under Legal texts, or keep the show unpublished;"
            " the owner can also go on without them, under Overrides."
        )
        % {"names": queries.names(lacking)},
        code="legal-texts-missing", field="published", more={"missing": list(lacking)},
    )  # fmt: skip
