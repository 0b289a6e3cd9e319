"""`showfloor audience`: the shows to which an invented audience comes, and those to which not."""

from argparse import Namespace

import pytest
from django.conf import settings

from showfloor.accounts.models import Brand
from showfloor.kernel.errors import Forbidden, NotFound, Unavailable
from showfloor.roles.audience import command
from showfloor.shows.services import planning

pytestmark = pytest.mark.django_db

NOBODY_THERE = "http://127.0.0.1:9"  # a port at which nothing answers


def wanted(slug: str) -> Namespace:
    return Namespace(show=slug, viewers=2, minutes=1, seed=1, no_orders=True, site=NOBODY_THERE)


def make_show(brand: Brand, *, is_test: bool) -> str:
    draft = planning.ShowDraft(title="Rehearsal", is_test=is_test)
    return planning.create_show(brand, draft).slug


def test_show_that_is_no_test_show_is_refused_before_anybody_comes(brand: Brand) -> None:
    slug = make_show(brand, is_test=False)
    with pytest.raises(Forbidden, match="test show"):
        command.run(wanted(slug), settings.SHOWFLOOR)


def test_unknown_show_is_named() -> None:
    with pytest.raises(NotFound, match="no-such-show"):
        command.run(wanted("no-such-show"), settings.SHOWFLOOR)


def test_server_that_does_not_answer_is_said(brand: Brand) -> None:
    slug = make_show(brand, is_test=True)
    with pytest.raises(Unavailable, match="cannot be followed"):
        command.run(wanted(slug), settings.SHOWFLOOR)
