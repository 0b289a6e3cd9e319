"""Revocation of viewer tokens: a token says for 15 minutes what its bearer could do when it was
made, so a connection with an older one has to connect again."""

from showfloor.accounts import access_changes
from showfloor.accounts.models import AccessChangeKind, Member, StaffRole, User
from showfloor.accounts.subjects import Subject


def revoke_role_tokens(row: StaffRole) -> None:
    """Make somebody's tokens outdated whose role at a brand was changed or taken away."""
    access_changes.record(AccessChangeKind.RIGHTS, row.brand_id, str(Subject.staff(row.user_id)))


def revoke_person_tokens(user: User) -> None:
    """Make the tokens of an account outdated, because it signed out or its rights have changed.
    Call it before a deletion."""
    members = Member.objects.all_brands().filter(user=user).values_list("pk", flat=True)
    for subject in (user.staff_subject, *map(Subject.member, members)):
        access_changes.record(AccessChangeKind.RIGHTS, None, str(subject))


def revoke_member_tokens(member: Member) -> None:
    """Make a member's tokens outdated, because what they say of the member has changed."""
    access_changes.record(AccessChangeKind.RIGHTS, member.brand_id, str(member.subject))
