"""Authors of what people write, as entries name them."""

from typing import TypedDict

from showfloor.accounts.tokens import Claims


class Author(TypedDict):
    """`id` is a token's `sub`; `role` is `guest`, `member` or a role at the brand."""

    id: str
    name: str
    role: str


def author_role(viewer: Claims) -> str:
    """Return `guest`, `member`, or the viewer's role at the brand."""
    if viewer.roles:
        return viewer.roles[0]
    return "guest" if viewer.is_guest else "member"
