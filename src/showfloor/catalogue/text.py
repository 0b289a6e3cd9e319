"""Product descriptions: HTML from elsewhere, cut down to what can't do anything but be read."""

import nh3

_TAGS = {
    "p", "br", "ul", "ol", "li", "strong", "b", "em", "i", "u", "s", "sub", "sup", "h2", "h3", "h4",
    "blockquote", "a", "span", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def clean_html(html: str) -> str:
    """Tags and attributes on the list stay, their text stays, everything else goes."""
    if "<" not in html and "&" not in html:
        return html
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "td": {"colspan"}, "th": {"colspan"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    ).strip()
