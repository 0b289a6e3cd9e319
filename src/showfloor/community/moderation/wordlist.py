"""A brand's word rules, ready to be looked through: kept per process until they change.

Whoever asks compares how many there are and when the last was changed, which is one cheap query;
the rules themselves are read and laid out only when that is new.
"""

import threading

from django.db.models import Count, Max

from showfloor.community.moderation.models import WordRule
from showfloor.community.moderation.words import RULES_MAX, Matcher, Rule

BRANDS_MAX = 200  # kept in a process
_NOTHING = Matcher(())

type _Stamp = tuple[int, object]


class Wordlist:
    """The rules of one brand, laid out for each language when a text of it comes."""

    def __init__(self, rules: list[tuple[str, Rule]]) -> None:
        self._rules = rules
        self._matchers: dict[str, Matcher] = {}
        self._spoken = {language[:2].lower() for language, _rule in rules if language}

    def matcher(self, language: str) -> Matcher:
        """For texts of `language` (`de`, `de-at`): its own rules and those of every language."""
        code = language[:2].lower()
        found = self._matchers.get(code)
        if found is None:
            own = [rule for of, rule in self._rules if not of or of[:2].lower() == code]
            found = Matcher(own, code) if own else _NOTHING
            if len(self._matchers) > 50:  # languages that nobody speaks here
                self._matchers.clear()
            self._matchers[code] = found
        return found


_lock = threading.Lock()
_lists: dict[str, tuple[_Stamp, Wordlist]] = {}


def of_brand(brand_id: str) -> Wordlist:
    """The brand's rules as they are now."""
    rows = WordRule.objects.for_brand(brand_id)
    seen = rows.aggregate(count=Count("pk"), changed=Max("changed_at"))
    stamp = (seen["count"], seen["changed"])
    known = _lists.get(brand_id)
    if known is not None and known[0] == stamp:
        return known[1]
    made = Wordlist([(row.language, as_rule(row)) for row in rows.order_by("pk")[:RULES_MAX]])
    with _lock:
        if len(_lists) >= BRANDS_MAX:
            _lists.clear()
        _lists[brand_id] = (stamp, made)
    return made


def as_rule(row: WordRule) -> Rule:
    return Rule(row.pk, row.pattern, row.action, row.replacement, row.catches_variants)
