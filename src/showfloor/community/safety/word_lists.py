"""Word rules of brands, compiled: kept in each process until they change.

Each call compares the number of rules and the time of the latest change, which is one cheap query;
the rules themselves are read and compiled only when that has changed.
"""

import threading

from django.db.models import Count, Max

from showfloor.community.safety import brand_budget
from showfloor.community.safety.models import WordRule
from showfloor.community.textfilter.matcher import RULES_MAX, Matcher, Rule

BRANDS_MAX = 200  # kept in a process
NO_WORDS = Matcher(())

type _Stamp = tuple[int, object]


_lock = threading.Lock()
_lists: dict[str, tuple[_Stamp, Matcher]] = {}


def of_brand(brand_id: str) -> Matcher:
    """Return the brand's rules as they are now: those of every language, whatever the writer's."""
    rows = WordRule.objects.for_brand(brand_id)
    seen = rows.aggregate(count=Count("pk"), changed=Max("changed_at"))
    stamp = (seen["count"], seen["changed"])
    known = _lists.get(brand_id)
    if known is not None and known[0] == stamp:
        return known[1]
    rules = [as_rule(row) for row in rows.order_by("pk")[:RULES_MAX]]
    made = Matcher(rules, brand_budget.of_brand(brand_id))
    with _lock:
        if len(_lists) >= BRANDS_MAX:
            _lists.clear()
        _lists[brand_id] = (stamp, made)
    return made


def as_rule(row: WordRule) -> Rule:
    return Rule(
        row.pk, row.pattern, row.action, row.replacement, row.catches_variants, row.language
    )  # fmt: skip
