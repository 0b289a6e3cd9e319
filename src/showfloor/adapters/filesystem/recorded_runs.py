"""The clock of a recording in a folder, read beside whoever writes it."""

from datetime import datetime
from pathlib import Path

from showfloor.adapters.filesystem.recording import FileRecording


def recorded_runs(folder: Path) -> list[tuple[datetime, datetime]]:
    """Return when the public segments in a recording's folder begin and end, those that follow one
    another as one run; none without a recording on this machine."""
    runs: list[tuple[datetime, datetime]] = []
    for segment in FileRecording(folder).peek().segments:
        if not segment.public:
            continue
        if runs and not segment.discontinuity:
            runs[-1] = runs[-1][0], segment.ends_at
        else:
            runs.append((segment.pdt, segment.ends_at))
    return runs
