"""What can be followed as it happens?"""

from collections.abc import AsyncGenerator
from typing import Annotated, TypeAlias

import strawberry

from resolvers import analytics, configs, profiles, rules, segments
from resolvers.arguments import Document
from resolvers.streams import translated
from schema.inputs.configs import ContextInput
from schema.inputs.periods import PeriodInput
from schema.operations import Info, followed
from schema.types.analytics import Analytics
from schema.types.configs import ConfigUpdate
from schema.types.rules import RuleChange
from schema.types.users import ProfileUpdate, SegmentChange

WhoseUpdates: TypeAlias = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Whose; left out: one's own. Another user's: admin and service only."),
]


@strawberry.type(description="Everything that can be followed. Who may not is told at once.")
class Subscription:
    @followed("The current config at once (unless `knownRevision` is it), then every change.", determined=True)
    def config_updated(
        self,
        info: Info,
        context: Annotated[
            Document,
            strawberry.argument(description="Where and how the user is looking.", graphql_type=ContextInput),
        ],
        user_id: WhoseUpdates = None,
        known_revision: Annotated[
            str | None, strawberry.argument(description="The revision of the config that the client has already.")
        ] = None,
    ) -> AsyncGenerator[ConfigUpdate, None]:
        return translated(configs.follow_config(info.context, context, user_id, known_revision), ConfigUpdate.of)

    @followed("Every change of a profile from now on; and the profile at once if it is not at `knownRevision`.")
    def profile_updated(
        self,
        info: Info,
        user_id: WhoseUpdates = None,
        known_revision: Annotated[
            int | None,
            strawberry.argument(
                description="The revision of the profile that the client has already, 0 for none; "
                "left out: the current profile is not sent."
            ),
        ] = None,
    ) -> AsyncGenerator[ProfileUpdate, None]:
        clock = info.context.use_cases.clock
        updates = profiles.follow_profile(info.context, user_id, known_revision)
        return translated(updates, lambda update: ProfileUpdate.of(update, clock.now()))

    @followed("Users joining and leaving segments. Roles: admin, analyst; a user sees their own.")
    def segment_changed(
        self,
        info: Info,
        segment: Annotated[
            str | None, strawberry.argument(description="Only this segment, by its key; left out: any.")
        ] = None,
        user_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only this user; left out: any that one may see."),
        ] = None,
    ) -> AsyncGenerator[SegmentChange, None]:
        return translated(segments.follow_segments(info.context, segment, user_id), SegmentChange.of)

    @followed("Every change of any rule. Roles: admin, analyst.")
    def rule_changed(self, info: Info) -> AsyncGenerator[RuleChange, None]:
        return translated(rules.follow_rules(info.context), RuleChange.of)

    @followed(
        "The figures at once, and fresh ones at most once a second while something happens. Roles: admin, analyst."
    )
    def analytics_updated(
        self,
        info: Info,
        asked: Annotated[
            Document,
            strawberry.argument(name="period", description="Of which days.", graphql_type=PeriodInput),
        ],
    ) -> AsyncGenerator[Analytics, None]:
        return translated(analytics.follow_analytics(info.context, asked), Analytics.of)
