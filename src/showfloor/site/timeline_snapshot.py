"""The JSON text of a timeline's snapshot, as the timeline's endpoints send it."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from showfloor.shows.models import Show
from showfloor.site import show_data
from showfloor.timeline import queries
from showfloor.timeline.log import NoTimeline


def snapshot_text(timeline_id: str) -> bytes:
    """Return the snapshot of a show's timeline or of its backstage; NoTimeline for any other."""
    shows = Show.objects.all_brands().select_related("brand", "timeline", "channel")
    show = shows.filter(timeline_id=timeline_id).first()
    if show is not None:
        view: Any = show_data.snapshot(show)
    elif shows.filter(backstage_id=timeline_id).exists():
        # Staff get the rest from the console's own reports; the position is all they need here.
        head = queries.head(timeline_id)
        view = {"timeline": {"seq": head.seq, "epoch": head.epoch}}
    else:
        raise NoTimeline(timeline_id)
    text = json.dumps(view, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return text.encode()
