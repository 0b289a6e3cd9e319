"""Erasing a person, and a copy of their data, over HTTP."""

from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.privacy import erasure, take_out
from showfloor.privacy.answers import zip_answer

router = Router(tags=["privacy"])


class ErasedOut(Schema):
    messages: int
    questions: int
    shows: int


@router.get(
    "/brands/{brand}/people/{subject}/data.zip", summary="A copy of a person's data at the brand"
)
@permissions.staff(Role.OWNER, confirmed=True)
def get_data(request: StaffRequest, brand: str, subject: str) -> HttpResponse:
    return zip_answer(take_out.archive_of_person(request.brand, subject))


@router.delete(
    "/brands/{brand}/people/{subject}", response=ErasedOut,
    summary="Erase a person: name, words and addresses, everywhere at the brand",
)  # fmt: skip
@permissions.staff(Role.OWNER)
def erase_person(request: StaffRequest, brand: str, subject: str) -> dict[str, Any]:
    found = erasure.erase(request.brand, subject, request.user)
    return {name: found.get(name, 0) for name in ("messages", "questions", "shows")}
