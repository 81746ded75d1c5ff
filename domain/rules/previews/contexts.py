"""In which contexts is a change of a rule looked at, when nobody says in which?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.conditions import AtPlace
from domain.rules.rule_sets import applies_at
from domain.rules.segment_checks import leaves

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from domain.model.catalogues import Catalogue
    from domain.model.interactions import Device
    from domain.model.profiles import Profile
    from domain.rules.previews.contested_slots import Change
    from domain.rules.rule_sets import CompiledRule

NOWHERE = ""
"""Stands for all places that nobody names."""


def telling_places(change: Change, contenders: Sequence[CompiledRule], catalogue: Catalogue) -> tuple[str, ...]:
    """Where the rule is meant to decide, before or after; of places that no contender tells apart only one.

    A rule that is meant for all places is looked at wherever anything is named, and at one place that is not.
    """
    if all(rule.places for rule in change.rules):
        places = frozenset().union(*(rule.places for rule in change.rules))
    else:
        places = frozenset({NOWHERE, *_named(contenders, catalogue)})
    told_apart: dict[Hashable, str] = {}
    for place in sorted(places):
        told_apart.setdefault(_seen_from(place, contenders, catalogue), place)
    return tuple(told_apart.values())


def likely_device(profile: Profile) -> Device | None:
    """The device that the user uses most, of equals the first by name; `None`: unknown."""
    counts = profile.history.devices
    if not counts:
        return None
    most = max(counts.values())
    return min([device for device, count in counts.items() if count == most])


def _named(contenders: Sequence[CompiledRule], catalogue: Catalogue) -> Iterator[str]:
    yield from (defaults.place for defaults in catalogue.defaults)
    for rule in contenders:
        yield from rule.places
        for places in _asked_places(rule):
            yield from places


def _asked_places(rule: CompiledRule) -> Iterator[frozenset[str]]:
    return (leaf.places for leaf in leaves(rule.rule.content.condition) if isinstance(leaf, AtPlace))


def _seen_from(place: str, contenders: Sequence[CompiledRule], catalogue: Catalogue) -> Hashable:
    """Equal for places where the same rules apply and the same is shown without them."""
    defaults = tuple(defaults for defaults in catalogue.defaults if defaults.place == place)
    asked = tuple(place in places for rule in contenders for places in _asked_places(rule))
    return defaults, asked, tuple(applies_at(rule, place) for rule in contenders)
