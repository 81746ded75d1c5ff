"""Which features, items, tags, parameters, places and segments does a rule name that nobody knows?"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from domain.model.adaptations import FilterContent, OrderNavigation, RecommendFeature, SetFeature, SetParameter
from domain.model.conditions import AtPlace, Did, FeatureUsed, InSegment
from domain.model.findings import Finding, FindingKind
from domain.model.interactions import InteractionKind
from domain.rules.experiments import adaptations_of
from domain.rules.segment_checks import leaves
from domain.rules.segments import BUILT_IN_SEGMENTS
from domain.rules.slots import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.adaptations import Adaptation
    from domain.model.catalogues import Catalogue, CatalogueItem, CatalogueParameter
    from domain.model.conditions import Condition
    from domain.model.configs import Slot
    from domain.model.rules import RuleContent
    from domain.model.segments import Segment

_FEATURE, _ITEM, _TAG, _PARAMETER = "feature", "navigation item", "tag", "parameter"
_PLACE, _SEGMENT = "place", "segment"


@dataclass(frozen=True, slots=True)
class _Target:
    kind: str
    key: str
    slot: Slot | None = None


def unknown_targets(content: RuleContent, catalogue: Catalogue, segments: tuple[Segment, ...]) -> Iterator[Finding]:
    """One finding a target. Of what the host application keeps no list, nothing is unknown."""
    known = _known(catalogue, segments)
    seen: set[tuple[str, str]] = set()
    for target in _targets(content):
        keys = known[target.kind]
        if keys and target.key not in keys and (target.kind, target.key) not in seen:
            seen.add((target.kind, target.key))
            yield Finding(FindingKind.UNKNOWN_TARGET, _text(target, keys), slot=target.slot)


def _known(catalogue: Catalogue, segments: tuple[Segment, ...]) -> dict[str, dict[str, None]]:
    lists: dict[str, tuple[CatalogueItem | CatalogueParameter | Segment, ...]] = {
        _FEATURE: catalogue.features,
        _ITEM: catalogue.navigation,
        _TAG: catalogue.tags,
        _PARAMETER: catalogue.parameters,
        _PLACE: catalogue.places,
        _SEGMENT: (*BUILT_IN_SEGMENTS, *segments),
    }
    return {kind: dict.fromkeys(item.key for item in items) for kind, items in lists.items()}


def _targets(content: RuleContent) -> Iterator[_Target]:
    for adaptation in adaptations_of(content):
        yield from _adapted(adaptation)
    for place in sorted(content.places):
        yield _Target(_PLACE, place)
    for leaf in leaves(content.condition):
        yield from _read(leaf)
    for goal in () if content.experiment is None else content.experiment.goals:
        if goal.kind is InteractionKind.FEATURE_USE and goal.target is not None:
            yield _Target(_FEATURE, goal.target)


def _adapted(adaptation: Adaptation) -> Iterator[_Target]:
    match adaptation:
        case SetFeature(feature=feature):
            yield _Target(_FEATURE, feature, Part.FEATURE.slot(feature))
        case RecommendFeature(feature):
            yield _Target(_FEATURE, feature, Part.RECOMMENDATION.slot(feature))
        case OrderNavigation(first=first):
            yield from (_Target(_ITEM, item, Part.NAVIGATION.slot()) for item in first)
        case FilterContent(include, exclude):
            yield from (_Target(_TAG, tag, Part.CONTENT.slot(tag)) for tag in (*include, *exclude))
        case SetParameter(key=key):
            yield _Target(_PARAMETER, key, Part.PARAMETER.slot(key))
        case _:  # what a shortcut leads to is for the host application to know
            pass


def _read(leaf: Condition) -> Iterator[_Target]:
    match leaf:
        case FeatureUsed(feature=feature) | Did(kind=InteractionKind.FEATURE_USE, target=str(feature)):
            yield _Target(_FEATURE, feature)
        case AtPlace(places):
            yield from (_Target(_PLACE, place) for place in sorted(places))
        case InSegment(segments=segments):
            yield from (_Target(_SEGMENT, segment) for segment in segments)
        case _:
            pass


def _text(target: _Target, keys: dict[str, None]) -> str:
    where = "There is no segment" if target.kind == _SEGMENT else f"The catalogue has no {target.kind}"
    nearest = get_close_matches(target.key, keys, n=1)
    advice = f"did you mean “{nearest[0]}”?" if nearest else "correct the key, or add it there."
    if not nearest and target.kind == _SEGMENT:
        advice = "correct the key, or define it."
    return f"{where} “{target.key}”: {advice}"
