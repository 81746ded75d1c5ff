"""Which features does a config recommend because models do, after those that rules recommend?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.model.configs import Recommendation
from domain.rules.contests import MAX_RECOMMENDATIONS
from domain.rules.revisions import revision_with_suggestions
from domain.rules.usage import is_adopted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.model.configs import Config
    from domain.model.insights import RecommendedFeature
    from domain.model.profiles import History, Profile


def with_suggestions(config: Config, profile: Profile) -> Config:
    """The config itself, unless models suggest something to this user.

    Not what is hidden here, what the catalogue does not offer (if it offers anything), what the user has adopted, or
    what a rule recommends already: that comes first. There is room for `MAX_RECOMMENDATIONS` in all.
    """
    insights = profile.allowed_insights
    if insights is None or not insights.recommendations:
        return config
    room = MAX_RECOMMENDATIONS - len(config.recommendations)
    suggested = tuple(_shown(insights.recommendations, config, profile.history))[: max(room, 0)]
    if not suggested:
        return config
    return replace(
        config,
        recommendations=(*config.recommendations, *suggested),
        revision=revision_with_suggestions(config.revision, suggested),
    )


def _shown(recommended: tuple[RecommendedFeature, ...], config: Config, history: History) -> Iterator[Recommendation]:
    visible = {state.key: state.visible for state in config.features}
    taken = {hint.feature for hint in config.recommendations}
    for one in recommended:
        used = history.features.get(one.feature)
        is_offered = visible.get(one.feature, not visible)
        if is_offered and one.feature not in taken and not (used is not None and is_adopted(used)):
            yield Recommendation(one.feature, one.score, one.reason)
