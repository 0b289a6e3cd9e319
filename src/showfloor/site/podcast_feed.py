"""A brand's podcast: RSS 2.0 with the namespace `itunes`. An episode is the podcast audio of a
replay that is open to everyone; producers have it made on the page after the show.

Tags: https://help.apple.com/itc/podcasts_connect/#/itcb54353390
"""

import hashlib
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from django.db.models.fields.files import FieldFile
from django.urls import reverse

from showfloor.accounts import brand_urls
from showfloor.accounts.models import Brand
from showfloor.replays import queries as replays
from showfloor.replays.models import ReplayFile
from showfloor.site.feed_tags import tag

SOUND_TYPE: Final = "audio/mp4"
_CATEGORY: Final = "Leisure"  # Apple asks for one of its own; shopping is none of them
_ITUNES: Final = "http://www.itunes.com/dtds/podcast-1.0.dtd"


def feed(brand: Brand) -> tuple[bytes, str]:
    """Return the feed, and its ETag."""
    title, about = brand.name, brand.tagline or brand.name
    own = brand_urls.absolute(brand, reverse("podcast", args=[brand.slug]))
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<rss version="2.0" xmlns:itunes="{_ITUNES}" xmlns:atom="http://www.w3.org/2005/Atom">',
        "<channel>",
        tag("title", title),
        tag("link", brand_urls.home(brand)),
        tag("description", about),
        tag("language", brand.language),
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(own)}/>',
        tag("itunes:author", title),
        tag("itunes:type", "episodic"),
        tag("itunes:explicit", "false"),
        f"<itunes:category text={quoteattr(_CATEGORY)}/>",
        _picture(brand, brand.icon or brand.logo or brand.hero),  # square ones first
        *[_item(brand, file) for file in replays.podcast_files(brand)],
        "</channel></rss>\n",
    ]
    data = "".join(parts).encode()
    return data, f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _item(brand: Brand, file: ReplayFile) -> str:
    show = file.show
    assert show.started_at is not None, "a show that has ended has started"
    sound = brand_urls.absolute(brand, reverse("podcast-sound", args=[show.slug, file.pk]))
    page = brand_urls.absolute(brand, reverse("show", args=[show.slug]))
    tags = [
        tag("title", show.title),
        tag("link", page),
        tag("description", show.description or show.title),
        f'<guid isPermaLink="false">{escape(show.pk)}</guid>',  # a trim makes no second episode
        tag("pubDate", format_datetime(show.started_at)),
        f'<enclosure url={quoteattr(sound)} length="{file.bytes}" type="{SOUND_TYPE}"/>',
        tag("itunes:episodeType", "full"),
        tag("itunes:explicit", "false"),
        _picture(brand, show.cover),
    ]
    return f"\n<item>{''.join(tags)}</item>"


def _picture(brand: Brand, picture: FieldFile) -> str:
    if not picture:
        return ""
    return f"<itunes:image href={quoteattr(brand_urls.absolute(brand, picture.url))}/>"
