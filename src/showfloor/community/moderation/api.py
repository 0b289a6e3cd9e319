"""Operations of staff over HTTP."""

from ninja import Router

router = Router(tags=["moderation"])
