"""What does a config show, given a place's defaults, the user's preferences and the rules that apply?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.model.configs import FeatureState, Recommendation
from domain.rules.contests import Contest
from domain.rules.revisions import config_revision
from domain.rules.slots import ContentWish, FeatureWish, NavigationWish, ParameterWish, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.model.configs import Config
    from domain.model.json_values import JsonObject
    from domain.model.profiles import Preferences
    from domain.rules.contests import Award
    from domain.rules.rule_sets import CompiledRule

# A rule recommends outright; only models weigh.
_RULE_SCORE = 1.0


def assemble(
    base: Config, rules: tuple[CompiledRule, ...], preferences: Preferences, by_usage: tuple[str, ...]
) -> Config:
    """The config that applied rules, in order, make of a place's defaults.

    Preferences decide their slots before any rule. Then each slot goes to the first rule that wants it; the parts that
    are lists have a slot per item, so they merge in the order of the rules, up to a limit. A hidden feature is neither
    recommended nor highlighted. `by_usage` is the navigation as the user uses it, for rules that ask for that order.
    """
    contest = Contest(base)
    contest.prefer(preferences)
    contest.enter(rules)
    config = replace(
        base,
        theme_mode=_single(contest, Part.THEME, base.theme_mode),
        density=_single(contest, Part.DENSITY, base.density),
        difficulty=_single(contest, Part.DIFFICULTY, base.difficulty),
        features=_features(base.features, contest.won(Part.FEATURE)),
        navigation=_navigation(base.navigation, _single(contest, Part.NAVIGATION, None), by_usage),
        shortcuts=tuple(contest.won(Part.SHORTCUT)),
        include=_tags(contest, ContentWish.INCLUDE),
        exclude=_tags(contest, ContentWish.EXCLUDE),
        recommendations=tuple(map(_recommendation, contest.won(Part.RECOMMENDATION).values())),
        parameters=_parameters(base.parameters, contest.won(Part.PARAMETER)),
        decisions=contest.decisions(),
        applied=contest.applied(rules),
    )
    return replace(config, revision=config_revision(config))


def _single(contest: Contest, part: Part, default: Any) -> Any:
    award = contest.won(part).get("")
    return default if award is None else award.claim.value


def _features(base: tuple[FeatureState, ...], won: Mapping[str, Award]) -> tuple[FeatureState, ...]:
    """The catalogue's features in its order, then those that only rules name, by key."""
    if not won:
        return base
    states = {state.key: state for state in base}
    for key in sorted(won):
        wish = won[key].claim.value
        if isinstance(wish, FeatureWish):
            states[key] = FeatureState(key, wish.visible, wish.highlighted)
    return tuple(states.values())


def _navigation(base: tuple[str, ...], wish: NavigationWish | None, by_usage: tuple[str, ...]) -> tuple[str, ...]:
    """The named items first, then the rest: by usage where that is wished, otherwise as it was."""
    if wish is None:
        return base
    rest = by_usage if wish.by_usage else base
    return (*wish.first, *(item for item in rest if item not in wish.first))


def _tags(contest: Contest, wish: ContentWish) -> tuple[str, ...]:
    return tuple(tag for tag, award in contest.won(Part.CONTENT).items() if award.claim.value is wish)


def _recommendation(award: Award) -> Recommendation:
    # Preferences recommend nothing, so there is a winner.
    name = award.winner.name if award.winner else ""
    return Recommendation(award.claim.key, _RULE_SCORE, f"recommended by “{name}”")


def _parameters(base: JsonObject, won: Mapping[str, Award]) -> JsonObject:
    """The catalogue's parameters in its order, then those that only rules name, by key."""
    wishes = ((key, won[key].claim.value) for key in sorted(won))
    return {**base, **{key: wish.value for key, wish in wishes if isinstance(wish, ParameterWish)}} if won else base
