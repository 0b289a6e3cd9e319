"""Pages without a built front end: a manifest that names what the pages ask for."""

import json
from pathlib import Path

from django.conf import LazySettings

ENTRIES = {
    "src/styles/base.css": "base.css",
    "src/viewer.ts": "viewer.js",
    "src/console.ts": "console.js",
    "src/programme.ts": "programme.js",
    "src/player/hls-engine.ts": "hls-engine.js",
}


def pretend_built(folder: Path, settings: LazySettings) -> None:
    """Until the test ends, `{% vite %}` finds these entries."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({name: {"file": file} for name, file in ENTRIES.items()}))
    settings.FRONT_END_MANIFEST = path
