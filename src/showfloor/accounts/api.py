"""Viewer tokens over HTTP."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import Field

from showfloor.accounts import permissions, services, staff_access
from showfloor.accounts.models import Brand
from showfloor.accounts.permissions import ViewerRequest
from showfloor.kernel.clock import iso_ms
from showfloor.kernel.errors import NotFound

router = Router(tags=["viewers"])


class TokenIn(Schema):
    """The brand that the token is for: of a show, by its own address, or that of the host name."""

    show: str | None = Field(default=None, max_length=80)
    brand: str | None = Field(default=None, max_length=50)


class NameIn(Schema):
    name: str = Field(max_length=200)


class ViewerOut(Schema):
    id: str = Field(description="`g:…` guest, `m:…` member, `u:…` staff")
    name: str
    role: str = Field(description="`guest`, `member` or the role at the brand")


class TokenOut(Schema):
    token: str
    expires_at: str
    viewer: ViewerOut


@router.post("/viewer-token", response=TokenOut, summary="A viewer token for 15 minutes")
@permissions.public
def create_viewer_token(request: HttpRequest, body: TokenIn) -> dict[str, Any]:
    claims = services.viewer_claims(request, _brand(request, body))
    return token_json(services.issue_token(claims))


@router.put("/viewer/name", response=TokenOut, summary="Take another display name")
@permissions.viewer
def put_viewer_name(request: ViewerRequest, body: NameIn) -> dict[str, Any]:
    claims = services.rename_viewer(request, request.viewer, body.name)
    return token_json(services.issue_token(claims))


def token_json(issued: services.IssuedToken) -> dict[str, Any]:
    """The same shape that a page embeds for its viewer."""
    claims = issued.claims
    return {
        "token": issued.token,
        "expires_at": iso_ms(issued.expires_at),
        "viewer": {"id": claims.sub, "name": claims.name, "role": claims.role_name},
    }


def _brand(request: HttpRequest, body: TokenIn) -> Brand:
    if body.show is not None:
        return permissions.brand_seen("slug", body.show, staff_access.roles_of(request.user))
    if body.brand is not None:
        return permissions.brand_named("brand", body.brand)
    brand = services.brand_of_host(request.get_host())
    if brand is None:
        raise NotFound(_("There is no brand here yet."))
    return brand
