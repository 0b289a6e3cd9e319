"""The personal data of accounts: their columns, a copy of them, and their erasure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from showfloor.accounts import erasure
from showfloor.accounts.models import Ban, Member
from showfloor.accounts.row_values import row_values
from showfloor.accounts.subjects import Subject
from showfloor.accounts.transactions import verb, write
from showfloor.kernel.slices import Erasure, PersonalColumns

_ACCOUNT: Final = "until the account is deleted"
_WITH_ACCOUNT: Final = "deleted with the account, when no other brand knows it"
_LOG: Final = "until the brand or the installation is deleted"


@verb
def erase(order: Erasure) -> Mapping[str, int]:
    """End the person's membership, and empty the names of bans."""
    with write():
        erasure.forget_person(order.brand_id, order.subject)
    return {}


def take_out(brand_id: str, subject: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the membership and the bans of this person."""
    person = Subject.parse(subject)
    members = Member.objects.for_brand(brand_id).filter(pk=person.id if person.is_member else "")
    bans = Ban.objects.for_brand(brand_id).filter(subject=subject)
    return {
        "membership": row_values(
            members, display_name="display_name", email="user__email", traits="traits",
            first_name="user__first_name", last_name="user__last_name", joined_at="joined_at",
        ),
        "bans": row_values(
            bans, name="name", reason="reason", created_at="created_at", until="until",
            lifted_at="lifted_at",
        ),
    }  # fmt: skip


COLUMNS: Final = (
    PersonalColumns(
        "accounts.User", ("email", "first_name", "last_name", "password"),
        "to sign in, and to name staff beside their words", _ACCOUNT, _WITH_ACCOUNT,
    ),
    PersonalColumns(
        "account.EmailAddress", ("user", "email"), "to sign in and to be written to", _ACCOUNT,
        _WITH_ACCOUNT,
    ),
    PersonalColumns(
        "mfa.Authenticator", ("user", "data"), "second factors", _ACCOUNT, _WITH_ACCOUNT
    ),
    PersonalColumns(
        "usersessions.UserSession", ("user", "ip", "user_agent", "session_key", "data"),
        "to show people where they are signed in", "until the session ends", _WITH_ACCOUNT,
    ),
    PersonalColumns(
        "sessions.Session", ("session_key", "session_data"),
        "to stay signed in, and to keep a form's answers", "sessions", _WITH_ACCOUNT,
    ),
    PersonalColumns(
        "accounts.Member", ("user", "display_name", "traits"),
        "a person's account at a brand: name in the chat, and what the brand knows of them",
        "until the membership ends",
        "deleted; while a ban stands it stays without name and traits",
    ),
    PersonalColumns(
        "accounts.StaffRole", ("user",), "who works for the brand", "until the role is taken away",
        "kept while the person works there",
    ),
    PersonalColumns(
        "accounts.User_groups", ("user",), "Django's own groups, which nothing here uses",
        _ACCOUNT, _WITH_ACCOUNT,
    ),
    PersonalColumns(
        "accounts.User_user_permissions", ("user",),
        "Django's own rights, which nothing here uses", _ACCOUNT, _WITH_ACCOUNT,
    ),
    PersonalColumns(
        "accounts.StaffInvitation", ("email", "invited_by"), "to invite somebody to the staff",
        "until it is accepted or taken back", "deleted with the membership",
    ),
    PersonalColumns(
        "accounts.Ban", ("subject", "network", "name", "reason", "banned_by"),
        "to keep banned people out of a brand's shows", _LOG,
        "name and reason are emptied; the ban stays in force for an id and a hashed network",
    ),
    PersonalColumns(
        "accounts.AccessChange", ("subject", "network"),
        "to tell open connections what has changed", "a day", "gone after a day",
    ),
    PersonalColumns(
        "admin.LogEntry", ("user", "object_repr", "change_message"),
        "what staff changed in the back office", _LOG, "the name of the person's rows is emptied",
    ),
)  # fmt: skip
