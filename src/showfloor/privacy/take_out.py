"""A copy of a person's data: JSON files in a ZIP, one for each class of rows that a room keeps."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from showfloor.accounts.models import Brand, Member, StaffRole, User
from showfloor.accounts.row_values import row_values
from showfloor.accounts.subjects import Subject
from showfloor.kernel.errors import Invalid
from showfloor.kernel.slices import installed

ZIP_TYPE: Final = "application/zip"
_FIRST_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the same data make the same file

type Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def of_person(brand: Brand, subject: str) -> Rows:
    """Return the rows of this person at the brand by the name of their class, empty classes left
    out. Invalid for text that names nobody."""
    if Subject.parse_person(subject) is None:
        raise Invalid(_("Say whom."), field="subject")
    found = {
        name: rows
        for one in installed()
        for name, rows in one.privacy.take_out(brand.pk, subject).items()
        if rows
    }
    return dict(sorted(found.items()))


def archive_of_person(brand: Brand, subject: str) -> bytes:
    """Return the ZIP of one person's data at a brand."""
    return _zip(of_person(brand, subject))


def archive_of_account(user: User) -> bytes:
    """Return the ZIP of an account: its own data, and those of each brand that knows it."""
    files: dict[str, Any] = {"account": _account(user)}
    for member in Member.objects.all_brands().filter(user=user).select_related("brand"):
        files |= _in_folder(member.brand, str(member.subject))
    for role in StaffRole.objects.all_brands().filter(user=user).select_related("brand"):
        files |= _in_folder(role.brand, str(user.staff_subject))
    return _zip(files)


def _account(user: User) -> Rows:
    emails, sessions = user.emailaddress_set, user.usersession_set  # type: ignore[attr-defined]
    accounts = User.objects.filter(pk=user.pk)
    return {
        "account": row_values(
            accounts, email="email", first_name="first_name", last_name="last_name",
            date_joined="date_joined", last_login="last_login",
        ),
        "addresses": row_values(emails.all(), email="email", verified="verified"),
        "sessions": row_values(
            sessions.all(), created_at="created_at", last_seen_at="last_seen_at", network="ip",
            browser="user_agent",
        ),
    }  # fmt: skip


def _in_folder(brand: Brand, subject: str) -> dict[str, Any]:
    kind = Subject.parse(subject).kind.name.lower()
    rows = of_person(brand, subject)
    return {f"{brand.slug}/{kind}/{name}": value for name, value in rows.items()}


def _zip(files: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            info = zipfile.ZipInfo(f"{name}.json", _FIRST_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, json.dumps(value, ensure_ascii=False, indent=2))
    return out.getvalue()
