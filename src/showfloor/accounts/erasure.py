"""The accounts' part of erasing a person at a brand.

The membership ends. The account, with which the person signs in at other brands too, is deleted
when no brand is left that knows it. A ban stays in force: its row keeps an id without a name, and
while it stands the membership does too, so that the person cannot come back as a new member.
"""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model

from showfloor.accounts import token_revocation
from showfloor.accounts.bans import standing
from showfloor.accounts.models import Ban, Member, StaffInvitation, StaffRole, User
from showfloor.accounts.subjects import Subject


def forget_person(brand_id: str, subject: str) -> None:
    """Take this person's data out, in the open transaction. A second call changes nothing."""
    bans = Ban.objects.for_brand(brand_id).filter(subject=subject)
    _forget_in_back_office(Ban, list(bans.values_list("pk", flat=True)))
    bans.update(name="", reason="")
    person = Subject.parse(subject)
    if person.is_member:
        rows = Member.objects.for_brand(brand_id).filter(pk=person.id).select_related("user")
        member = rows.select_for_update(of=("self",)).first()
        if member is not None:
            invitations = StaffInvitation.objects.for_brand(brand_id)
            invitations.filter(email__in=_emails(member.user)).delete()
            if end_membership(member) and not _is_known_anywhere(member.user):
                delete_account(member.user)


def end_membership(member: Member) -> bool:
    """End a membership, in the open transaction. While a ban stands its row stays, without name and
    traits; the answer says whether it is gone."""
    _forget_in_back_office(Member, [member.pk])
    token_revocation.revoke_member_tokens(member)
    rows = Member.objects.for_brand(member.brand_id).filter(pk=member.pk)
    if standing(member.brand_id).filter(subject=str(member.subject)).exists():
        rows.update(display_name="", traits=[])
        return False
    rows.delete()
    return True


def _is_known_anywhere(user: User) -> bool:
    memberships = Member.objects.all_brands().filter(user=user)
    roles = StaffRole.objects.all_brands().filter(user=user)
    return user.is_superuser or memberships.exists() or roles.exists()


def delete_account(user: User) -> None:
    """Delete an account that no brand knows, with its addresses and sessions, in the open
    transaction."""
    for model in (User, EmailAddress):
        own = {"pk": user.pk} if model is User else {"user": user}
        keys = model._default_manager.filter(**own).values_list("pk", flat=True)
        _forget_in_back_office(model, [str(key) for key in keys])
    open_ones = UserSession.objects.filter(user=user).values_list("session_key", flat=True)
    Session.objects.filter(pk__in=list(open_ones)).delete()
    user.delete()


def _emails(user: User) -> set[str]:
    rows = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {email for one in (*rows, user.email) for email in (one, one.lower())}


def _forget_in_back_office(model: type[Model], ids: list[str]) -> None:
    """Empty the names in Django's own log, which names each row as it was called then."""
    of_model = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=of_model, object_id__in=ids).update(object_repr="")
