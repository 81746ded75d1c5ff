"""How is a config shown, and who decided each part of it?"""

from datetime import datetime
from typing import Annotated, Self, cast

import strawberry
from strawberry.scalars import JSON

from domain.model import configs as model
from domain.model.rules import RuleId
from resolvers import rules
from resolvers.arguments import limit
from schema.enumerations import ConfigSource, LayoutDensity, SkillLevel, ThemeMode, UpdateCause
from schema.operations import Info, resolved
from schema.types.pages import First
from schema.types.rules import Rule

DEFAULT_RECOMMENDATIONS = 5


@strawberry.type(description="The colours.")
class Theme:
    mode: ThemeMode = strawberry.field(description="Slot `theme.mode`.")


@strawberry.type(description="The arrangement of things.")
class Layout:
    density: LayoutDensity = strawberry.field(description="Slot `layout.density`.")


@strawberry.type(description="How one feature is shown: slot `feature:KEY`.")
class FeatureState:
    key: str = strawberry.field(description="The feature's key in the catalogue.")
    visible: bool = strawberry.field(description="Is it shown?")
    highlighted: bool = strawberry.field(description="Is attention drawn to it?")

    @classmethod
    def of(cls, state: model.FeatureState) -> Self:
        return cls(key=state.key, visible=state.visible, highlighted=state.highlighted)


@strawberry.type(description="The ways to get around.")
class Navigation:
    order: list[str] = strawberry.field(description="All navigation items in order: slot `navigation.order`.")
    shortcuts: list[str] = strawberry.field(description="What to offer shortcuts to: slots `shortcut:TARGET`.")


@strawberry.type(description="What content to show.")
class ContentSettings:
    difficulty: SkillLevel = strawberry.field(description="Slot `content.difficulty`.")
    include: list[str] = strawberry.field(description="Tags of content to show.")
    exclude: list[str] = strawberry.field(description="Tags of content to leave out.")


@strawberry.type(description="A feature that the user may like.")
class Recommendation:
    feature: str = strawberry.field(description="The feature's key.")
    score: float = strawberry.field(
        description="How strongly it is recommended, in [0, 1]; rules recommend outright, with 1."
    )
    reason: str = strawberry.field(description="Why, in words.")

    @classmethod
    def of(cls, recommendation: model.Recommendation) -> Self:
        return cls(feature=recommendation.feature, score=recommendation.score, reason=recommendation.reason)


@strawberry.type(description="A rule that applied and wanted a slot, but did not get it.")
class LostAdaptation:
    rule: Rule = strawberry.field(description="The rule.")
    reason: str = strawberry.field(description="Why it lost, in words.")


@strawberry.type(description="Who decided one slot of the config.")
class Decision:
    source: strawberry.Private[model.Decision]
    slot: str = strawberry.field(description="The slot, like `theme.mode` or `feature:export`.")
    variation: str | None = strawberry.field(description="The variation received, if the rule is an experiment.")

    @classmethod
    def of(cls, decision: model.Decision) -> Self:
        return cls(source=decision, slot=decision.slot, variation=decision.variation)

    @resolved(
        "The rule that won it; null where the user's own preference did, and while rules cannot be read.",
        determined=True,
    )
    def rule(self, info: Info) -> Rule | None:
        rule_id = self.source.rule_id
        if rule_id is None:
            return None
        active = rules.active_rule(info.context, rule_id)
        # GraphQL waits for what has to be waited for; a task for each decision would cost more than all the rest.
        return Rule.of(active) if active is not None else cast("Rule | None", _acting_rule(info, rule_id))

    @resolved("The rules that lost it.", determined=True)
    async def lost(self, info: Info) -> list[LostAdaptation]:
        lost = self.source.lost
        found = await rules.acting_rules(info.context, (one.rule_id for one in lost))
        return [
            LostAdaptation(rule=Rule.of(rule), reason=one.reason)
            for one, rule in zip(lost, found, strict=True)
            if rule is not None
        ]


async def _acting_rule(info: Info, rule_id: RuleId) -> Rule | None:
    found = await rules.acting_rule(info.context, rule_id)
    return None if found is None else Rule.of(found)


@strawberry.type(description="Everything one user should see in one context now.")
class Config:
    source_config: strawberry.Private[model.Config]
    revision: str = strawberry.field(
        description="Changes exactly when anything below changes for this user and context (besides the times)."
    )
    source: ConfigSource = strawberry.field(description="Where this config comes from.")
    decided_at: datetime = strawberry.field(description="When it was decided.")
    holds_until: datetime | None = strawberry.field(
        description="The config holds until this instant unless the profile or a rule changes; null: for good."
    )

    @classmethod
    def of(cls, config: model.Config) -> Self:
        return cls(
            source_config=config,
            revision=config.revision,
            source=config.source,
            decided_at=config.decided_at,
            holds_until=config.holds_until,
        )

    @resolved("The colours.", determined=True)
    def theme(self) -> Theme:
        return Theme(mode=self.source_config.theme_mode)

    @resolved("The arrangement of things.", determined=True)
    def layout(self) -> Layout:
        return Layout(density=self.source_config.density)

    @resolved("How each feature of the catalogue is shown.", determined=True)
    def features(self) -> list[FeatureState]:
        return [FeatureState.of(state) for state in self.source_config.features]

    @resolved(
        "How one feature is shown; null when neither the catalogue nor a rule that applies has it.", determined=True
    )
    def feature(
        self, key: Annotated[str, strawberry.argument(description="The feature's key.")]
    ) -> FeatureState | None:
        states = self.source_config.features
        return next((FeatureState.of(state) for state in states if state.key == key), None)

    @resolved("The ways to get around.", determined=True)
    def navigation(self) -> Navigation:
        return Navigation(order=list(self.source_config.navigation), shortcuts=list(self.source_config.shortcuts))

    @resolved("What content to show.", determined=True)
    def content(self) -> ContentSettings:
        config = self.source_config
        return ContentSettings(difficulty=config.difficulty, include=list(config.include), exclude=list(config.exclude))

    @resolved(
        "Features that the user may like: first what rules recommend, then what models suggest, best first.",
        determined=True,
    )
    def recommendations(self, first: First = DEFAULT_RECOMMENDATIONS) -> list[Recommendation]:
        best = self.source_config.recommendations[: limit(first, DEFAULT_RECOMMENDATIONS)]
        return [Recommendation.of(recommendation) for recommendation in best]

    @resolved("Slots that the host application defined itself: an object, a value for each key.", determined=True)
    def parameters(self) -> JSON:
        return JSON(dict(self.source_config.parameters))

    @resolved("Who decided each slot that is not as the catalogue has it.", determined=True)
    def decisions(self) -> list[Decision]:
        return [Decision.of(decision) for decision in self.source_config.decisions]


@strawberry.type(description="A config that differs from the one sent before.")
class ConfigUpdate:
    config: Config = strawberry.field(description="The config now.")
    cause: UpdateCause = strawberry.field(description="Why it is sent.")
    changed_slots: list[str] = strawberry.field(description="The slots that differ from the config sent before.")

    @classmethod
    def of(cls, update: model.ConfigUpdate) -> Self:
        return cls(config=Config.of(update.config), cause=update.cause, changed_slots=list(update.changed_slots))
