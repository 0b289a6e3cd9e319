"""Authors of what people write, as entries name them."""

from typing import TypedDict


class Author(TypedDict):
    """`id` is a token's `sub`; `role` is `guest`, `member` or a role at the brand."""

    id: str
    name: str
    role: str
