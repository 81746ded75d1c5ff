"""What can be read?"""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from resolvers import analytics, audit_log, catalogues, imports, insights, previews, rules, segments, users
from resolvers.arguments import DEFAULT_PAGE_ITEMS, Document, page_request
from schema.enumerations import RuleOrder
from schema.errors import attempted
from schema.inputs.configs import ContextInput
from schema.inputs.filters import AuditFilter, RuleFilter, UserFilter
from schema.inputs.periods import PeriodInput
from schema.inputs.rules import RuleInput
from schema.operations import Info, resolved
from schema.types.analytics import Analytics
from schema.types.audit_log import AuditEntry
from schema.types.catalogues import Catalogue
from schema.types.insights import Model
from schema.types.pages import After, Connection, First
from schema.types.previews import RulePreview
from schema.types.rules import Rule, RuleConnection
from schema.types.users import Segment, User


@strawberry.type(description="Everything that can be read.")
class Query:
    @resolved(
        "Who is asking. The one round trip of an application: profile, config and insights from here.", determined=True
    )
    def viewer(self, info: Info) -> User:
        return User.of(users.viewer(info.context))

    @resolved(
        "One user, also one of whom nothing is known yet: they have a config, too. Roles: admin, analyst, service.",
        determined=True,
    )
    async def user(
        self,
        info: Info,
        user_id: Annotated[strawberry.ID, strawberry.argument(name="id", description="The user's id.")],
    ) -> User | None:
        return User.of(await users.user(info.context, user_id))

    @resolved("The users with a profile, latest seen first. Roles: admin, analyst, service.")
    async def users(
        self,
        info: Info,
        matching: Annotated[
            Document | None,
            strawberry.argument(name="filter", description="Only these users.", graphql_type=UserFilter | None),
        ] = None,
        first: First = DEFAULT_PAGE_ITEMS,
        after: After = None,
    ) -> Connection[User]:
        page = await users.users(info.context, matching, page_request(first, after))
        return Connection[User].of(page, User.of, after)

    @resolved("One rule, in any status. Roles: admin, analyst.")
    async def rule(
        self,
        info: Info,
        rule_id: Annotated[strawberry.ID, strawberry.argument(name="id", description="The rule's id.")],
    ) -> Rule | None:
        found = await rules.rule(info.context, rule_id)
        return None if found is None else Rule.of(found)

    @resolved("The rules. Roles: admin, analyst.")
    async def rules(
        self,
        info: Info,
        matching: Annotated[
            Document | None,
            strawberry.argument(name="filter", description="Only these rules.", graphql_type=RuleFilter | None),
        ] = None,
        order_by: Annotated[
            RuleOrder | None, strawberry.argument(description="In which order; equals go by id.")
        ] = RuleOrder.PRIORITY_DESC,
        first: First = DEFAULT_PAGE_ITEMS,
        after: After = None,
    ) -> RuleConnection:
        order = order_by or RuleOrder.PRIORITY_DESC
        page = await rules.rules(info.context, matching, order, page_request(first, after))
        connection = RuleConnection.of(page, Rule.of, after)
        connection.matching = matching
        return connection

    @resolved(
        "What saving this rule would do: nothing is stored. It counts as active. Without a context everybody is looked "
        "at with the device they use most, in UTC, without attributes, at every place that the rule is meant for; if "
        "that is everywhere, at each place that anything names and at one more. Roles: admin, analyst."
    )
    async def preview_rule(
        self,
        info: Info,
        document: Annotated[
            Document,
            strawberry.argument(name="input", description="All of what its author writes.", graphql_type=RuleInput),
        ],
        replacing: Annotated[
            strawberry.ID | None, strawberry.argument(description="The rule that would have it; null: a new one.")
        ] = None,
        where: Annotated[
            Document | None,
            strawberry.argument(
                name="context", description="Look at everybody in this context.", graphql_type=ContextInput | None
            ),
        ] = None,
    ) -> RulePreview:
        previewing = previews.preview(info.context, document, replacing, where)
        return RulePreview.of(*await attempted(previewing, ("replacing",)))

    @resolved("All segments, the built-in ones first. Roles: admin, analyst.")
    def segments(self, info: Info) -> list[Segment]:
        return [Segment.of(segment) for segment in segments.segments(info.context)]

    @resolved("One segment. Roles: admin, analyst.")
    def segment(
        self, info: Info, key: Annotated[str, strawberry.argument(description="The segment's key.")]
    ) -> Segment | None:
        found = segments.segment(info.context, key)
        return None if found is None else Segment.of(found)

    @resolved(
        "How everything is going, over a period of at most 400 days; figures are kept by days in UTC. Roles: admin, "
        "analyst."
    )
    def analytics(
        self,
        info: Info,
        asked: Annotated[
            Document,
            strawberry.argument(name="period", description="Of which days.", graphql_type=PeriodInput),
        ],
    ) -> Analytics:
        return Analytics.of(analytics.period(info.context, asked))

    @resolved(
        "The trained models that serve, with their measured quality; a refused one where nothing serves instead, as "
        "its note says. Roles: admin, analyst."
    )
    async def models(self, info: Info) -> list[Model]:
        return [Model.of(registered) for registered in await insights.models(info.context)]

    @resolved("What the host application offers to personalize. For whoever is signed in.")
    async def catalogue(self, info: Info) -> Catalogue:
        return Catalogue.of(await catalogues.catalogue(info.context))

    @resolved("Every change of rules, segments and the catalogue, latest first. Roles: admin, analyst.")
    async def audit_log(
        self,
        info: Info,
        matching: Annotated[
            Document | None,
            strawberry.argument(name="filter", description="Only these changes.", graphql_type=AuditFilter | None),
        ] = None,
        first: First = DEFAULT_PAGE_ITEMS,
        after: After = None,
    ) -> Connection[AuditEntry]:
        page = await audit_log.audit_log(info.context, matching, page_request(first, after))
        return Connection[AuditEntry].of(page, AuditEntry.of, after)

    @resolved("Rules, segments and the catalogue as one document, archived rules left out. Roles: admin, analyst.")
    async def export_rules(self, info: Info) -> JSON:
        return JSON(await imports.export_rules(info.context))
