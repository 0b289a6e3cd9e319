"""The clock of a recording in a folder, read beside whoever writes it."""

import json
from datetime import datetime
from pathlib import Path

from showfloor.adapters.filesystem.recording import INDEX_NAME
from showfloor.media.recording.index import SegmentRecord, segment_from_json


def recorded_runs(folder: Path) -> list[tuple[datetime, datetime]]:
    """Return when the public segments in a recording's folder begin and end, those that follow one
    another as one run; none without a recording on this machine."""
    try:
        lines = (folder / INDEX_NAME).read_text().splitlines()
    except FileNotFoundError:
        return []
    runs: list[tuple[datetime, datetime]] = []
    for segment in map(_public_segment, lines):
        if segment is None:
            continue
        if runs and not segment.discontinuity:
            runs[-1] = runs[-1][0], segment.ends_at
        else:
            runs.append((segment.pdt, segment.ends_at))
    return runs


def _public_segment(line: str) -> SegmentRecord | None:
    """Return the record of a line; None for another record, half a line, or a preview."""
    try:
        record = json.loads(line)
        found = segment_from_json(record) if "msn" in record else None
    except (KeyError, TypeError, ValueError):
        return None
    return found if found is not None and found.public else None
