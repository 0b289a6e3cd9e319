"""What request bodies about a show have in common."""

from collections.abc import Collection
from typing import Annotated, Any

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field

from showfloor.kernel.clock import truncate_ms
from showfloor.kernel.errors import Invalid

# To the millisecond. A `type` of its own would be a schema of its own in the API.
Moment = Annotated[AwareDatetime, AfterValidator(truncate_ms)]


class PictureIn(Schema):
    picture_at: Moment | None = Field(
        default=None, description="The picture you were looking at; at most 15 s back"
    )


def values_of(body: Schema, may_be_null: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields that a change names; Invalid for null in one that can't be empty."""
    values = {name: getattr(body, name) for name in body.model_fields_set}
    for name, value in values.items():
        if value is None and name not in may_be_null:
            raise Invalid(_("This can't be empty."), field=name)
    return values
