"""`{% vite 'src/viewer.ts' %}`: the tags of one entry of the front end's build, by its manifest.

A page never names a hashed file. A page without a build says so instead of staying blank.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.serializers.json import DjangoJSONEncoder
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

ICONS = Path(__file__).resolve().parent.parent / "icons"
PREFIX = "dist/"


@lru_cache(maxsize=4)
def _read_manifest(path: Path, modified_ns: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _manifest() -> dict[str, Any]:
    path: Path = settings.FRONT_END_MANIFEST
    try:
        return _read_manifest(path, path.stat().st_mtime_ns if settings.DEBUG else 0)
    except FileNotFoundError as error:
        raise ImproperlyConfigured(
            "The front end is not built: run `npm ci && npm run build` in frontend/."
        ) from error


def _styles_and_chunks(manifest: dict[str, Any], entry: str) -> tuple[list[str], list[str]]:
    """Return all style sheets and statically imported chunks of an entry, dependencies first."""
    styles: list[str] = []
    chunks: list[str] = []
    seen: set[str] = set()

    def walk(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        item = manifest[name]
        for imported in item.get("imports", ()):
            walk(imported)
            chunks.append(manifest[imported]["file"])
        styles.extend(item.get("css", ()))

    walk(entry)
    return list(dict.fromkeys(styles)), list(dict.fromkeys(chunks))


@register.simple_tag
def vite(entry: str, *late: str) -> SafeString:
    """Return the tags of `entry` (a path below `frontend/`): style sheets, preloads, the script.

    The code of `late` is fetched beside it, because the entry imports it later for sure.
    """
    manifest = _manifest()
    if entry not in manifest:
        raise ImproperlyConfigured(f"The front end's build has no entry {entry!r}.")
    file = manifest[entry]["file"]
    styles, chunks = _styles_and_chunks(manifest, entry)
    for name in late:
        chunks += [*_styles_and_chunks(manifest, name)[1], manifest[name]["file"]]
    if file.endswith(".css"):
        styles.append(file)
    links = format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(PREFIX + name),) for name in styles)
    )
    if file.endswith(".css"):
        return links
    preloads = format_html_join(
        "\n",
        '<link rel="modulepreload" href="{}">',
        ((static(PREFIX + name),) for name in dict.fromkeys(chunks)),
    )
    script = format_html('<script type="module" src="{}"></script>', static(PREFIX + file))
    return format_html("{}\n{}\n{}", links, preloads, script)


@lru_cache(maxsize=256)
def _icon(name: str) -> SafeString:
    path = ICONS / f"{name}.svg"
    # These are our own files, named in our own templates; no person's text is among them.
    return mark_safe(path.read_text(encoding="utf-8").strip())  # noqa: S308


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return the icon's inline SVG, hidden from assistive technology: a text stands beside it."""
    return _icon(name)


# The characters that could end the script element, as in Django's own `json_script`.
JSON_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def json_ld(value: dict[str, Any]) -> SafeString:
    """Return a schema.org object as a JSON-LD script: data, which the page's policy allows."""
    text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).translate(JSON_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308
