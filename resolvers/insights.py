"""What do models say of a user, why, and how good are they?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.rules.standings import serving
from resolvers.authorization import READ_MODELS, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.insights import ChurnRisk, Factor, Insights, ModelTask, ModelVersion
    from domain.model.profiles import Profile
    from domain.model.segments import MembershipSource, SegmentMembership
    from domain.model.trained_models import RegisteredModel
    from domain.model.users import UserId
    from resolvers.context import RequestContext


async def insights(context: RequestContext, user_id: UserId) -> Insights | None:
    """`None` where no model says anything, or the user allows none. Whoever holds a user may read it."""
    return (await context.loaders.profiles.load(user_id)).allowed_insights


async def churn_factors(
    context: RequestContext, user_id: UserId, computed_from: Insights, churn: ChurnRisk
) -> Sequence[Factor]:
    """Why the model said what it did, from the very signals it was said from.

    None where these are not kept any more, or the model does not serve any more: another one is about to score.
    """
    scored = await context.loaders.signals.load(user_id)
    if scored is None or scored.computed_at != computed_from.computed_at:
        return ()
    return await context.loaders.churn_factors.load((churn.model, scored.signals))


def memberships(profile: Profile, source: MembershipSource | None) -> Sequence[SegmentMembership]:
    """Those of today, then those that a model expects at the next horizon, each surest first."""
    expected = profile.allowed_insights.outlook if profile.allowed_insights is not None else ()
    known = (*profile.memberships, *sorted(expected, key=lambda m: (-m.confidence, m.segment)))
    return [membership for membership in known if source in {None, membership.source}]


async def models(context: RequestContext) -> Sequence[RegisteredModel]:
    """Those that serve in this process, by task; a refused one where nothing serves in its place."""
    require(context.principal, READ_MODELS)
    return serving(await context.loaders.models_as_they_serve())


async def card(context: RequestContext, task: ModelTask, version: ModelVersion) -> RegisteredModel | None:
    """Of any stored model; `None` once it is not kept any more. Whoever reads what it said may know how good it is."""
    registered = await context.loaders.registered_models.load(None)
    known = ((model.manifest.card, model) for model in registered)
    return next((model for card, model in known if (card.task, card.version) == (task, version)), None)
