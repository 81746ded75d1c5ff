"""What does one operation know and have at hand?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from resolvers.analytics_loaders import AnalyticsLoaders
from resolvers.loaders import Loaders

if TYPE_CHECKING:
    import weakref

    from domain.model.configs import ConfigSource
    from domain.model.principals import Principal
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.allocation_values import ValueAllocation
    from domain.use_cases.analytics import ReadAnalytics
    from domain.use_cases.applications import Applications
    from domain.use_cases.assignments import OverrideVariation
    from domain.use_cases.catalogues import SaveCatalogue
    from domain.use_cases.configs import DecideConfig, Remembered
    from domain.use_cases.current_predictor import CurrentPredictor
    from domain.use_cases.current_profiles import CurrentProfiles
    from domain.use_cases.current_rules import CurrentRules
    from domain.use_cases.experiment_results import ReadResults
    from domain.use_cases.experiments import ConcludeExperiment, StartExperiment
    from domain.use_cases.explanations import ExplainRules
    from domain.use_cases.exports import ExportUser
    from domain.use_cases.findings import AnalyseRule
    from domain.use_cases.imports import ApplyImport, ExportRules, PlanImport
    from domain.use_cases.interactions import TrackInteractions
    from domain.use_cases.links import LinkUsers
    from domain.use_cases.live_configs import LiveConfigs
    from domain.use_cases.news_desk import Feeds
    from domain.use_cases.previews import PreviewRule
    from domain.use_cases.profiles import RecomputeProfile, UpdateProfile
    from domain.use_cases.rules import CreateRule, DeleteRule, RollBackRule, SetRuleStatus, UpdateRule
    from domain.use_cases.segment_choices import ReadSegmentChoices
    from domain.use_cases.segments import DeleteSegment, SaveSegment
    from domain.use_cases.suggestions import OptimizeRules, SuggestChanges
    from domain.use_cases.users import EraseUser, SetPersonalization


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Every collaborator of the operations; made once a process, by the composition root."""

    clock: Clock
    begin: UnitsOfWork
    decide: DecideConfig
    explain: ExplainRules
    live: LiveConfigs
    applications: Applications
    feeds: Feeds
    read_analytics: ReadAnalytics
    profiles: CurrentProfiles
    rules: CurrentRules
    results: ReadResults
    segment_choices: ReadSegmentChoices
    value_allocation: ValueAllocation
    models: CurrentPredictor
    track: TrackInteractions
    update_profile: UpdateProfile
    recompute_profile: RecomputeProfile
    create_rule: CreateRule
    update_rule: UpdateRule
    start_experiment: StartExperiment
    conclude_experiment: ConcludeExperiment
    set_rule_status: SetRuleStatus
    roll_back_rule: RollBackRule
    delete_rule: DeleteRule
    export_rules: ExportRules
    plan_import: PlanImport
    apply_import: ApplyImport
    analyse_rule: AnalyseRule
    preview_rule: PreviewRule
    save_segment: SaveSegment
    delete_segment: DeleteSegment
    save_catalogue: SaveCatalogue
    override_variation: OverrideVariation
    suggest: SuggestChanges
    optimize_rules: OptimizeRules
    set_personalization: SetPersonalization
    erase_user: EraseUser
    export_user: ExportUser
    link_users: LinkUsers


@dataclass(frozen=True, slots=True)
class Answered:
    """A config that was answered. `remembered`: whether it still is; `None` where it never was.

    Weak: who is forgotten is so at once, even if somebody still holds the context of what was answered before.
    """

    source: ConfigSource
    remembered: weakref.ref[Remembered] | None


class RequestContext:
    """One operation, or one event of a subscription: who asks, and what was loaded so far.

    `configs`: where those that it answered came from. Loaders are made when first used: most operations need none.
    """

    def __init__(self, principal: Principal, request_id: str, use_cases: UseCases) -> None:
        self.principal = principal
        self.request_id = request_id
        self.use_cases = use_cases
        self.configs: list[Answered] = []

    @cached_property
    def loaders(self) -> Loaders:
        return Loaders(self.use_cases)

    @cached_property
    def analytics(self) -> AnalyticsLoaders:
        return AnalyticsLoaders(self.use_cases.read_analytics, self.use_cases.suggest)
