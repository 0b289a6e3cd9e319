"""The slice of activation points."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from showfloor.accounts import handover, mine
from showfloor.activations import (
    answering,
    commands,
    erasure,
    events,
    mails,
    own_page,
    personal_data,
    queries,
    services,
)
from showfloor.activations.kinds import appointment, forms
from showfloor.kernel.slices import Erasure, PersonalData
from showfloor.shows import rundown_kinds
from showfloor.shows.slices import ShowSlice

KINDS = (appointment.KIND, *forms.KINDS)  # they are registered by their modules


def _erase(order: Erasure) -> Mapping[str, int]:
    return {"activation_answers": erasure.forget_person(order.brand_id, order.subject)}


rundown_kinds.register(
    rundown_kinds.of_rows(
        "activation",
        queries.of_show,
        "title",
        gettext_lazy("There is no such activation point."),
        services.open_item,
    )
)
mails.register()
mine.register(own_page.SECTION)
handover.on_handover(answering.hand_over)

SLICE = ShowSlice(
    "activations",
    privacy=PersonalData(
        _erase, take_out=personal_data.take_out, keeps=erasure.KEPT, columns=personal_data.COLUMNS
    ),
    kinds=events.KINDS,
    commands=commands.COMMANDS,
    snapshot=queries.snapshot,
    mine=queries.mine,
)
