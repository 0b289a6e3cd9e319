"""Rights that have changed: a token says for 15 minutes what its bearer could do when it was made,
so whoever follows a show with an older one is to come in anew."""

from showfloor.accounts import access_changes
from showfloor.accounts.models import AccessChangeKind, Member, StaffRole, User
from showfloor.accounts.subjects import Subject


def revoke_role_tokens(row: StaffRole) -> None:
    """Someone's role at a brand was changed or taken away."""
    access_changes.record(AccessChangeKind.RIGHTS, row.brand_id, str(Subject.staff(row.user_id)))


def revoke_person_tokens(user: User) -> None:
    """Someone signed out, or what their account may do has changed. Call it before a deletion."""
    members = Member.objects.all_brands().filter(user=user).values_list("pk", flat=True)
    for subject in (user.staff_subject, *map(Subject.member, members)):
        access_changes.record(AccessChangeKind.RIGHTS, None, str(subject))


def revoke_member_tokens(member: Member) -> None:
    """What a member's token says of them has changed."""
    access_changes.record(AccessChangeKind.RIGHTS, member.brand_id, str(member.subject))
