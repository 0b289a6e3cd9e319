"""Rights that have changed: a token says for 15 minutes what its bearer could do when it was made,
so whoever follows a show with an older one is to come in anew."""

from showfloor.accounts import access_changes
from showfloor.accounts.models import Member, StaffRole, User, What
from showfloor.accounts.subjects import Subject


def announce_role(row: StaffRole) -> None:
    """Someone's role at a brand was changed or taken away."""
    access_changes.record(What.RIGHTS, row.brand_id, str(Subject.staff(row.user_id)))


def announce_person(user: User) -> None:
    """Someone signed out, or what their account may do has changed. Call it before a deletion."""
    members = Member.objects.all_brands().filter(user=user).values_list("pk", flat=True)
    for subject in (user.staff_subject, *map(Subject.member, members)):
        access_changes.record(What.RIGHTS, None, str(subject))


def announce_member(member: Member) -> None:
    """What a member's token says of them has changed."""
    access_changes.record(What.RIGHTS, member.brand_id, str(member.subject))
