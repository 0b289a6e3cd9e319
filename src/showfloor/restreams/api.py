"""The HTTP operation of restreams: a show goes to a destination, or no longer."""

from ninja import Router, Schema, Status
from pydantic import Field

from showfloor.accounts import permissions
from showfloor.accounts.models import Role
from showfloor.accounts.permissions import StaffRequest
from showfloor.restreams import services
from showfloor.shows import queries as shows

router = Router(tags=["restreams"])


class RestreamIn(Schema):
    is_wanted: bool = Field(description="Whether the show goes there while it is live")


@router.put(
    "/shows/{slug}/restreams/{destination_id}", response={204: None},
    summary="Send the show to a destination too, or no longer",
)  # fmt: skip
@permissions.staff(Role.PRODUCER)
def put_restream(
    request: StaffRequest, slug: str, destination_id: str, body: RestreamIn
) -> Status[None]:
    show = shows.find(slug, [request.brand.pk])
    services.set_restream(show, destination_id, body.is_wanted, request.user)
    return Status(204, None)
