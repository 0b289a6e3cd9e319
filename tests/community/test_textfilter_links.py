"""Links, and sentences that are none, without a database."""

import time

import pytest

from showfloor.community.chat.rules import clean_text
from showfloor.community.textfilter.links import has_link


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/x", "see www.evil.example", "cheap: Evil-Shop.COM!", "t.me/evil",
        "tg://join", "http:/evil", "mailto:a@b.example", "1.2.3.4", "bit.ly/abc", "evil.com@x",
        # the dot
        "evil(dot)com", "evil [.] com", "evil。com", "evil dot com", "evil punkt de/x",
        "evil d0t com", "evil(punto)com", "evil•com", "evil\\.com", "evil . com", "evil .com",
        "evil. com", "evil .shop", "t․me/x",
        # characters that draw nothing, and others that look alike
        "evil.c\u200dom", "evil\u200d.com", "evil.c\ufe0fom", "ev\u0336il.co\u0336m", "evil.сom",
        "ｅｖｉｌ．ｃｏｍ", "evil.ｃom", "evil.ᴄᴏᴍ",
        # endings
        "linktr.ee/evil", "goo.gl/x", "is.gd/x", "youtu.be/x", "wa.me/49170", "evil.to/abc",
        "x.tk", "evil.icu", "evil.tech", "evil.pro", "evil.lol", "evil.to", "evil.fun",
        "evil.life", "evil.ca", "evil.jp", "evil.рф", "evil.xn--p1ai", "evil.com.br", "evil.co.uk",
        "x.yes.com", "evil.nosuchending/free",
    ],
)  # fmt: skip
def test_link_is_found(text: str) -> None:
    assert has_link(clean_text(text))


HARMLESS = """
3.50 or 4.20?
love it...so much
ask me at ana@example
wow: great
12:30
the dot it has
v1.2.3
dot net is a word
Mrs. Smith
e.g. this
😍.😍
Great. To me it looks pink
Yes .So nice
wow .love it
ok. now I see. in the shop? is it vegan. my skin is dry. one more. us size. me too
Best. Day. Ever. Live. Love. Laugh.
I wear M/L. Is it 50/50 wool/cotton? and/or silk
He said: look. Beauty is more than skin. deep
I have it. in red. at home. as a gift. it is so. good
Thanks. info please. online too? store in Berlin. app is down
at 8 p.m. to 9 p.m. in the U.S. or the U.K.?
St. Pauli, Dr. Li and Mr. To are here
Ships from Co. Cork, No. 5, approx. 3 days, incl. tax
schade:/ aber ok :/ :) :D
toll. es ist so. im Set? am Montag. mit Pinsel. man sieht es. jetzt
Super. Es passt. Im Shop ist es weg. Er sagt ja. Mit Rabatt? Ist das vegan. In Rot bitte.
z.B. am Abend, d.h. es hält, u.a. in Rosa, bzw. im Set, ca. 5 ml, inkl. Versand, evtl. am Mo. oder
am 1.mai/juni oder 2. Mai
Größe 38.5 oder 39, Nr. 7, 10.30 Uhr, 3 St. à 20 ml
Wie nett. Danke. Da ist es. So schön. Ja. Na ja. Ne. Ach. Hm. Ok. Oh. Gern. Art. 5
Gibt es das auch in XL. Bei uns. Am besten. Haut. Pflege. Marke. Beste. Farbe
Punkt für dich. der punkt ist gut
すごい。LOL
很好。手机
"""


@pytest.mark.parametrize("text", HARMLESS.strip().splitlines())
def test_sentence_is_no_link(text: str) -> None:
    assert not has_link(clean_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "." * 280, "a." * 140, " ." * 140, "a . " * 70, "(." * 140, "a dot " * 46, "://" * 93,
        "1." * 140, "a.b/" * 70, "[({<" * 70, "a。" * 140, "\u0301." * 140, "ﷺ" * 280,
    ],
    ids=lambda text: ascii(text[:4]),
)  # fmt: skip
def test_search_for_links_is_fast_in_any_text(text: str) -> None:
    begun = time.process_time()
    for _round in range(20):
        has_link(text)
    assert (time.process_time() - begun) / 20 < 0.005
