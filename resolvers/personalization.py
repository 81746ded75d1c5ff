"""Does a user want to be personalized?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvers.links import to_change

if TYPE_CHECKING:
    from domain.model.users import PersonalizationChoice, UserId
    from resolvers.context import RequestContext


async def choice(context: RequestContext, user_id: UserId) -> PersonalizationChoice:
    return (await context.loaders.profiles.load(user_id)).choice


async def set_personalization(
    context: RequestContext, *, enabled: bool, use_of_models: bool | None
) -> PersonalizationChoice:
    """`use_of_models`: `None` for what was chosen before."""
    own = await to_change(context, None, ())
    return await context.use_cases.set_personalization(own, enabled=enabled, use_of_models=use_of_models)
