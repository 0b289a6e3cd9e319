"""Descriptions from elsewhere can be read, and can't do anything else."""

import pytest

from showfloor.catalogue.text import clean_html


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Plain & simple < text", "Plain &amp; simple &lt; text"),
        ("Plain", "Plain"),
        ("<p>One</p><ul><li>Two</li></ul>", "<p>One</p><ul><li>Two</li></ul>"),
        ('<p style="color:red" onclick="x()">One</p>', "<p>One</p>"),
        ("<script>alert(1)</script>One<style>p{}</style>", "One"),
        ("<img src=x onerror=alert(1)>One", "One"),
        ('<a href="javascript:alert(1)">One</a>', '<a rel="nofollow noopener noreferrer">One</a>'),
        (
            '<a href="https://shop.test" target="_blank">One</a>',
            '<a href="https://shop.test" rel="nofollow noopener noreferrer">One</a>',
        ),
        ("<div><h1>One</h1></div>", "One"),
        ("<svg><animate onbegin=alert(1)>", ""),
    ],
)
def test_only_harmless_html_stays(given: str, kept: str) -> None:
    assert clean_html(given) == kept
    assert clean_html(kept) == kept
