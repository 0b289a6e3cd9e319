"""Someone's data at a brand is erased: what accounts know of them there. The account itself, with
which they sign in here and elsewhere, is not touched."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from showfloor.accounts.models import Ban, Member
from showfloor.accounts.subjects import Subject


def forget_person(brand_id: str, subject: str) -> None:
    """`subject`: a token's `sub`. A ban stays in force, for an id that no name belongs to. In the
    open transaction; again changes nothing."""
    bans = Ban.objects.for_brand(brand_id).filter(subject=subject)
    _forget_in_back_office(Ban, list(bans.values_list("pk", flat=True)))
    bans.update(name="", reason="")
    person = Subject.parse(subject)
    if person.is_member:
        members = Member.objects.for_brand(brand_id).filter(pk=person.id)
        _forget_in_back_office(Member, list(members.values_list("pk", flat=True)))
        members.update(display_name="")


def _forget_in_back_office(model: type[Model], ids: list[str]) -> None:
    """Django's own log of what was changed there names each row as it was called then."""
    of_model = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=of_model, object_id__in=ids).update(object_repr="")
