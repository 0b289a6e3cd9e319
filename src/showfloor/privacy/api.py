"""Erasing a person over HTTP."""

from typing import Any

from ninja import Router, Schema

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.privacy import erasure

router = Router(tags=["privacy"])


class ErasedOut(Schema):
    messages: int
    questions: int
    shows: int


@router.delete(
    "/brands/{brand}/people/{subject}", response=ErasedOut,
    summary="Erase a person: name, words and addresses, everywhere at the brand",
)  # fmt: skip
@permissions.staff(Role.OWNER)
def erase_person(request: StaffRequest, brand: str, subject: str) -> dict[str, Any]:
    found = erasure.erase(request.brand, subject, request.user)
    return {name: found.get(name, 0) for name in ("messages", "questions", "shows")}
