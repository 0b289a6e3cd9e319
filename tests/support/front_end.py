"""Pages without a built front end: a manifest that names what the pages ask for."""

import json
from pathlib import Path

import pytest

from showfloor.site.templatetags import vite

ENTRIES = {
    "src/styles/base.css": "base.css",
    "src/viewer.ts": "viewer.js",
    "src/console.ts": "console.js",
    "src/programme.ts": "programme.js",
    "src/player/hls-engine.ts": "hls-engine.js",
}


def pretend_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the test ends, `{% vite %}` finds these entries."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({name: {"file": file} for name, file in ENTRIES.items()}))
    monkeypatch.setattr(vite, "MANIFEST", path)
    monkeypatch.setattr(vite, "_read_manifest", lambda _modified_ns: json.loads(path.read_text()))
