"""The verbs that make a new show after an earlier one."""

from dataclasses import replace

from django.core.files import File
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from showfloor.shows import queries
from showfloor.shows.models import Show
from showfloor.shows.plan import plan_rows
from showfloor.shows.rundown_kinds import SEGMENT, TIMING
from showfloor.shows.services.plan import add_item, change_item
from showfloor.shows.services.planning import TITLE_CHARS_MAX, ShowDraft, create_show


def duplicate_show(show: Show) -> Show:
    """Make a draft with the show's text, cover, hosts and rundown. Its time, its stream key and
    everything that was said and shown stay with the original."""
    draft = _draft(show, _("Copy of %(title)s"))
    return _made(
        show,
        replace(draft, published=show.published, open_to=show.open_to, is_test=show.is_test),
    )


def make_rehearsal_show(show: Show) -> Show:
    """Make the hidden test show in which another one is rehearsed, with the same plan."""
    draft = _draft(show, _("Rehearsal of %(title)s"))
    return _made(show, replace(draft, published=False, is_test=True, rehearses=show))


def _draft(show: Show, title: str) -> ShowDraft:
    return ShowDraft(
        title=(title % {"title": show.title})[:TITLE_CHARS_MAX],
        description=show.description,
        teleprompter=show.teleprompter,
        has_live_edge=show.has_live_edge,
        evens_loudness=show.evens_loudness,
        ai_made=show.ai_made,
        host_ids=[host.pk for host in show.hosts.all()],
        product_ids=queries.rundown_ids(show),
        cover=_cover(show),
    )


def _made(show: Show, draft: ShowDraft) -> Show:
    made = create_show(show.brand, draft)
    products = {row["ref"]: row["item_id"] for row in plan_rows(made)}
    for position, row in enumerate(plan_rows(show)):
        timing = {name: row[name] for name in TIMING}
        if row["kind"] == SEGMENT:  # polls are of their show
            add_item(made, SEGMENT, {"title": row["title"], **timing}, position)
        elif row["ref"] in products:
            change_item(made, products[row["ref"]], timing)
    return made


def _cover(show: Show) -> "File[bytes] | None":
    """The picture's bytes, read before the transaction opens; None when the file is gone."""
    if not show.cover:
        return None
    try:
        with show.cover.open("rb") as file:
            return ContentFile(file.read(), name=show.cover.name)
    except FileNotFoundError:
        return None
