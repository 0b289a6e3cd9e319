"""Makes the table of letters that read as Latin ones, `lookalikes.txt`, from Unicode's data.

    python -m tools.lookalikes confusables.json

The file is that of the package `confusable-homoglyphs`: the confusables of Unicode TR 39. Beside
them, the names of letters say what they read as (`LATIN SMALL LETTER C WITH HOOK`), and READ_AS has
what people write "fancy text" with. Left out is what is found without a table: what normalization,
case folding or taking off marks makes Latin.
"""

import json
import re
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path

TARGET = Path("src/showfloor/community/textfilter/lookalikes.txt")
HEADING = """\
# Letters that read as the Latin ones before them, made by `python -m tools.lookalikes`.
# From the confusables of Unicode TR 39 as the package confusable-homoglyphs 3.3.1 (MIT) has them,
# © Unicode, Inc., Unicode License v3 (https://www.unicode.org/license.txt), and the letters' names.
"""
# These take precedence over Unicode's own data, where it differs or has none.
READ_AS = {
    "a": "аαɑɐʌλᗩᗅᐃᐱ", "b": "вьβꞵᏰ", "c": "сςϛʗᑢ", "d": "ðԁᗪ", "e": "еεзɛəɜєэᗴᘿ", "f": "ƒʄϝғ",
    "g": "ɡɢᘜ", "h": "нһʜ", "i": "іιıɩɪ", "j": "ј", "k": "кκĸ", "l": "ӏʟ", "m": "мᗰ",
    "n": "ηπɴпᑎ", "o": "оοօσᗝ", "p": "рρ", "q": "ԛ", "r": "гяʀᖇ", "s": "ѕʂʃᔕ", "t": "тτ",
    "u": "υμцսʊʋᑌ", "v": "νѵᐯ", "w": "ωшщԝɯᗯ", "x": "хχ", "y": "уγʏ", "z": "ζʒᘔ", "ng": "ŋ",
    "ae": "æ", "oe": "œ", "th": "þ",
}  # fmt: skip
# Written without spaces, or from right to left: among Latin letters they disguise nothing.
OTHER_SCRIPTS = (
    "CJK", "IDEOGRAPHIC", "KATAKANA", "HIRAGANA", "BOPOMOFO", "HANGUL", "THAI", "LAO", "MYANMAR",
    "KHMER",
)  # fmt: skip
NAMED = re.compile(
    r"LATIN (?:SMALL|CAPITAL) LETTER (?:SCRIPT |DOTLESS |REVERSED OPEN )?"
    r"(?P<latin>[A-Z])(?: WITH .*)?"
    r"|LATIN LETTER SMALL CAPITAL (?P<small>[A-Z])"
    r"|(?P<other>(?:CYRILLIC|GREEK|COPTIC) (?:SMALL|CAPITAL) LETTER [A-Z]+) WITH .*"
)


def plain(char: str) -> str:
    """Return the character as it is after normalization, without the table."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    return "".join(one for one in folded if unicodedata.category(one)[0] not in "MC").casefold()


def reads_as(char: str, confusable: Mapping[str, str], depth: int = 3) -> str:
    """Latin letters; empty for what reads as none."""
    look = plain(char)
    own = next((latin for latin, chars in READ_AS.items() if look in chars), "") if look else ""
    if own or (look.isascii() and look.isalpha()):
        return own or look
    for one in (look, char):
        named = NAMED.fullmatch(unicodedata.name(one, "")) if len(one) == 1 else None
        if named is not None and (letter := named["latin"] or named["small"]):
            return letter.lower()
        further = confusable.get(one) or (named and unicodedata.lookup(named["other"]))
        if depth and further and further != one:
            parts = [reads_as(part, confusable, depth - 1) for part in plain(further)]
            return "".join(parts) if all(parts) else ""
    return ""


def table(confusable: Mapping[str, str]) -> dict[str, str]:
    """Each Latin letter, or two, with those that read as it."""
    found: dict[str, set[str]] = {}
    for char in map(chr, range(0x80, 0x1FFFF)):
        name = unicodedata.name(char, "")
        if plain(char) != char or not name or name.startswith(OTHER_SCRIPTS):
            continue
        if unicodedata.bidirectional(char) != "L" or not char.isalnum():
            continue
        latin = reads_as(char, confusable) or reads_as(char.upper(), confusable)
        # Two letters for one only where that is a ligature: `ю` is not written for `lo`.
        if len(latin) == 1 or (len(latin) == 2 and name.startswith("LATIN") and latin.isalpha()):
            found.setdefault(latin, set()).add(char)
    return {latin: "".join(sorted(found[latin])) for latin in sorted(found)}


def main() -> None:
    pairs = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    confusable = {}
    for char, others in pairs.items():
        if len(char) == 1 and not char.isascii():
            looks = [other["c"] for other in others if plain(other["c"]) != plain(char)]
            latin = [look for look in looks if plain(look).isascii() and plain(look).isalpha()]
            confusable[char] = (latin or looks or [""])[0]
    lines = [f"{latin} {chars}\n" for latin, chars in table(confusable).items()]
    TARGET.write_text(HEADING + "".join(lines), "utf-8")


if __name__ == "__main__":
    main()
