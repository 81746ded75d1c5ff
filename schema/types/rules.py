"""How is a rule shown, and what was it before?"""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.scalars import JSON

from domain.model import findings as findings_model
from domain.model import rules as model
from domain.model import schedules
from domain.model.json_values import Json
from domain.model.news import RuleChanged
from domain.rules.documents import condition_document, content_document
from domain.rules.documents.experiments import run_document
from domain.rules.sentences import condition_text
from resolvers import experiment_results, findings, rules
from resolvers.arguments import DEFAULT_PAGE_ITEMS, Document, page_request
from resolvers.rules import ComparedRevision
from schema.enumerations import FindingKind, RuleChangeKind, RuleStatus, Weekday
from schema.inputs.periods import PeriodInput
from schema.operations import Info, resolved
from schema.types.adaptations import Adaptation, adaptation_of
from schema.types.experiments import Experiment
from schema.types.pages import After, Connection, First
from schema.types.rule_performance import RulePerformance

NEEDS_ROLE = "Roles: admin, analyst."


@strawberry.type(
    description="Local time of the user's context; `from` inclusive, `until` exclusive, may pass midnight."
)
class WeeklyWindow:
    weekdays: list[Weekday] = strawberry.field(description="The days on which the window begins.")
    start: str = strawberry.field(name="from", description="The local time at which it opens, as HH:MM.")
    until: str = strawberry.field(description="The local time at which it closes, as HH:MM.")

    @classmethod
    def of(cls, window: schedules.WeeklyWindow) -> Self:
        return cls(
            weekdays=[day for day in Weekday if day in window.weekdays],
            start=window.start.isoformat("seconds" if window.start.second else "minutes"),
            until=window.until.isoformat("seconds" if window.until.second else "minutes"),
        )


@strawberry.type(description="When a rule may apply.")
class Schedule:
    starts_at: datetime | None = strawberry.field(description="From this instant on; null: from the beginning.")
    ends_at: datetime | None = strawberry.field(description="Before this instant; null: for good.")
    windows: list[WeeklyWindow] = strawberry.field(description="Only in these windows; none: at any local time.")

    @classmethod
    def of(cls, schedule: schedules.Schedule) -> Self:
        return cls(
            starts_at=schedule.starts_at,
            ends_at=schedule.ends_at,
            windows=[WeeklyWindow.of(window) for window in schedule.windows],
        )


@strawberry.type(description="One change of a rule.")
class RuleRevision:
    revision: int = strawberry.field(description="The rule's revision from then on.")
    at: datetime = strawberry.field(description="When it was changed.")
    by: strawberry.ID = strawberry.field(description="Who changed it.")
    kind: RuleChangeKind = strawberry.field(description="What was done.")
    rule: JSON = strawberry.field(
        description="The rule from then on, in the shape of RuleInput, with its `status`, and with the `run` of its "
        "experiment once that was started."
    )
    changes: list[str] = strawberry.field(description="What differs from the revision before, field by field.")

    @classmethod
    def of(cls, compared: ComparedRevision) -> Self:
        rule = compared.revision.rule
        return cls(
            revision=rule.revision,
            at=rule.updated_at,
            by=strawberry.ID(rule.updated_by),
            kind=compared.revision.kind,
            rule=JSON({"status": rule.status, **content_document(rule.content), **_run(rule)}),
            changes=list(compared.changes),
        )


def _run(rule: model.Rule) -> dict[str, Json]:
    return {} if rule.run is None else {"run": run_document(rule.run)}


@strawberry.type(
    description=(
        "A condition, places, a schedule and a coverage that lead to adaptations; larger priorities win. Users may "
        "know which rule decided what they see, and the names of the others; for whom it is and who made it needs a "
        "role."
    )
)
class Rule:
    source: strawberry.Private[model.Rule]
    named_only: strawberry.Private[bool]
    id: strawberry.ID = strawberry.field(description="Never changes.")
    key: str = strawberry.field(description="A short name for programs; no two living rules share it.")
    name: str = strawberry.field(description="A name for people.")
    status: RuleStatus = strawberry.field(description="Does it decide anything?")
    revision: int = strawberry.field(description="Grows by one with every change.")
    priority: int = strawberry.field(description="Larger wins a slot; equals go by specificity, then by age.")
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")

    @classmethod
    def of(cls, rule: model.Rule, *, named_only: bool = False) -> Self:
        """`named_only`: it decides nothing for whoever asks, so what it would change is nothing they see."""
        content = rule.content
        return cls(
            source=rule,
            named_only=named_only,
            id=strawberry.ID(rule.id),
            key=content.key,
            name=content.name,
            status=rule.status,
            revision=rule.revision,
            priority=content.priority,
            created_at=rule.created_at,
            updated_at=rule.updated_at,
        )

    @resolved(f"What it changes. Of a rule that does not apply to whoever asks: {NEEDS_ROLE}")
    def adaptations(self, info: Info) -> list[Adaptation]:
        if self.named_only:
            rules.reveal(info.context)
        return [adaptation_of(change) for change in self.source.content.adaptations]

    @resolved(f"What the rule is for. {NEEDS_ROLE}")
    def description(self, info: Info) -> str:
        rules.reveal(info.context)
        return self.source.content.description

    @resolved(f"Where it applies; empty: everywhere. {NEEDS_ROLE}")
    def places(self, info: Info) -> list[str]:
        rules.reveal(info.context)
        return sorted(self.source.content.places)

    @resolved(f"The condition in the shape of ConditionInput. {NEEDS_ROLE}")
    def condition(self, info: Info) -> JSON:
        rules.reveal(info.context)
        return JSON(condition_document(self.source.content.condition))

    @resolved(f"The condition in words. {NEEDS_ROLE}")
    def condition_text(self, info: Info) -> str:
        rules.reveal(info.context)
        return condition_text(self.source.content.condition)

    @resolved(f"When it may apply; null: always. {NEEDS_ROLE}")
    def schedule(self, info: Info) -> Schedule | None:
        rules.reveal(info.context)
        schedule = self.source.content.schedule
        return None if schedule == schedules.ALWAYS_SCHEDULED else Schedule.of(schedule)

    @resolved(f"The share of eligible users that it applies to, in [0, 1]. {NEEDS_ROLE}")
    def coverage(self, info: Info) -> float:
        rules.reveal(info.context)
        return self.source.content.coverage

    @resolved(f"Rules of the same group share no user; null: in no group. {NEEDS_ROLE}")
    def exclusion_group(self, info: Info) -> str | None:
        rules.reveal(info.context)
        return self.source.content.exclusion_group

    @resolved(f"The experiment on it; null: none. {NEEDS_ROLE}")
    def experiment(self, info: Info) -> Experiment | None:
        rules.reveal(info.context)
        return Experiment.of(self.source)

    @resolved(f"Who changed it last. {NEEDS_ROLE}")
    def updated_by(self, info: Info) -> strawberry.ID:
        rules.reveal(info.context)
        return strawberry.ID(self.source.updated_by)

    @resolved(
        "What static analysis finds about the rule as if it were active: conditions that are never true, slots that it "
        f"never decides, conflicts, unknown targets. No finding is a false alarm. {NEEDS_ROLE}"
    )
    async def findings(self, info: Info) -> list["RuleFinding"]:
        return await findings_about(info, self)

    @resolved(f"What it brought, in the last 30 days unless said otherwise. {NEEDS_ROLE}")
    async def performance(
        self,
        info: Info,
        period: Annotated[
            Document | None,
            strawberry.argument(description="When users first met the rule.", graphql_type=PeriodInput | None),
        ] = None,
    ) -> RulePerformance:
        return RulePerformance.of(await experiment_results.performance(info.context, self.source.id, period))

    @resolved(f"Every change, latest first. {NEEDS_ROLE}")
    async def history(
        self, info: Info, first: First = DEFAULT_PAGE_ITEMS, after: After = None
    ) -> Connection[RuleRevision]:
        page = await rules.history(info.context, self.source.id, page_request(first, after))
        return Connection[RuleRevision].of(page, RuleRevision.of, after)

    @resolved(f"What differs between two revisions, field by field; empty: nothing. {NEEDS_ROLE}")
    async def comparison(
        self,
        info: Info,
        since: Annotated[int, strawberry.argument(name="from", description="The earlier revision.")],
        until: Annotated[int | None, strawberry.argument(description="The later one; null: as it is now.")] = None,
    ) -> list[str]:
        return list(await rules.comparison(info.context, self.source, since, until))


@strawberry.type(description="One thing about a rule that its author may not have meant.")
class RuleFinding:
    kind: FindingKind = strawberry.field(description="What kind of thing.")
    text: str = strawberry.field(description="What was found, why, and what to do about it.")
    other: Rule | None = strawberry.field(description="The other rule that it is about, if there is one.")
    slot: str | None = strawberry.field(description="The slot that it is about, if it is about a single one.")

    @classmethod
    def of(cls, finding: findings_model.Finding) -> Self:
        other = None if finding.other is None else Rule.of(finding.other)
        return cls(kind=finding.kind, text=finding.text, other=other, slot=finding.slot)


async def findings_about(info: Info, rule: Rule) -> list[RuleFinding]:
    return [RuleFinding.of(found) for found in await findings.findings(info.context, rule.source)]


@strawberry.type(name="RuleConnection", description="One page of the rules.")
class RuleConnection(Connection[Rule]):
    matching: strawberry.Private[Document | None] = None

    @resolved("How many rules there are on all pages.")
    async def total_count(self, info: Info) -> int:
        return await rules.count(info.context, self.matching)


@strawberry.type(description="One change of one rule, as it happens.")
class RuleChange:
    rule: Rule = strawberry.field(description="The rule as it is now.")
    kind: RuleChangeKind = strawberry.field(description="What was done.")
    by: strawberry.ID = strawberry.field(description="Who did it.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, change: tuple[RuleChanged, model.Rule]) -> Self:
        news, rule = change
        return cls(rule=Rule.of(rule), kind=news.kind, by=strawberry.ID(news.by), at=news.at)
