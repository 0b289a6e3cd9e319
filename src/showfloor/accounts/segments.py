"""Segments: the traits of a viewer that a token carries beside the identity: ticket, tier …

The brand gives traits to its members in the back office; other rooms add what they know
(`checkout`: who has bought). They are as old as the token, 15 minutes at most.
"""

import re
from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from showfloor.accounts.tokens import TRAIT_CHARS_MAX, TRAITS_MAX

_TRAIT = re.compile(r"[a-z0-9][a-z0-9._:-]*")

type Provider = Callable[[str, str], Iterable[str]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a source of traits, given brand id and a token's `sub`. One cheap query at most: it is
    asked whenever a token is made."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def traits_of(brand_id: str, subject: str, own: Iterable[str] = ()) -> tuple[str, ...]:
    """`own` and what the providers know, each once, in order; those that fit into a token."""
    found = dict.fromkeys(own)
    for provider in _providers:
        found |= dict.fromkeys(provider(brand_id, subject))
    return tuple(found)[:TRAITS_MAX]


def check_traits(traits: object) -> None:
    """A model field's validator: a short list of short names."""
    if not isinstance(traits, list) or len(traits) > TRAITS_MAX:
        raise ValidationError(_("A list of at most %(count)d traits.") % {"count": TRAITS_MAX})
    for trait in traits:
        sound = isinstance(trait, str) and _TRAIT.fullmatch(trait)
        if not sound or len(trait) > TRAIT_CHARS_MAX:
            raise ValidationError(
                _("A trait is a short name like vip: small letters, digits and . _ : -")
            )
