"""What do the names of the domain's enumerations mean to clients?

Types and inputs import them from here, so that they are GraphQL enums by then.
"""

from collections.abc import Mapping
from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.conditions import ActivityMeasure
from domain.model.configs import ConfigSource, UpdateCause
from domain.model.experiment_results import Verdict
from domain.model.experiments import ExperimentMode, ExperimentStatus, GoalMeasure
from domain.model.explanations import RuleOutcome
from domain.model.findings import FindingKind
from domain.model.imports import AttributeSource, ImportChangeKind, ImportFormat
from domain.model.insights import ModelTask, RiskLevel
from domain.model.interactions import Device, InteractionKind
from domain.model.rules import RuleChangeKind, RuleStatus
from domain.model.schedules import Weekday
from domain.model.segments import MembershipSource, SegmentKind
from domain.model.skills import SkillLevel
from domain.model.suggestions import SuggestionKind
from domain.model.trained_models import DriftLevel
from domain.model.usage import Trend
from domain.ports.rules import RuleOrder

__all__ = [
    "MEANINGS",
    "ActivityMeasure",
    "AttributeSource",
    "ConfigSource",
    "Device",
    "DriftLevel",
    "ExperimentMode",
    "ExperimentStatus",
    "FindingKind",
    "GoalMeasure",
    "ImportChangeKind",
    "ImportFormat",
    "InteractionKind",
    "LayoutDensity",
    "MembershipSource",
    "ModelTask",
    "RiskLevel",
    "RuleChangeKind",
    "RuleOrder",
    "RuleOutcome",
    "RuleStatus",
    "SegmentKind",
    "SkillLevel",
    "SuggestionKind",
    "ThemeMode",
    "Trend",
    "UpdateCause",
    "Verdict",
    "Weekday",
]

MEANINGS: Mapping[type[StrEnum], tuple[str, Mapping[StrEnum, str]]] = {
    ThemeMode: (
        "The colours of the user interface.",
        {
            ThemeMode.LIGHT: "Dark on light.",
            ThemeMode.DARK: "Light on dark.",
            ThemeMode.SIMPLIFIED: "Fewer decorations and less at once.",
            ThemeMode.SYSTEM: "What the user's system prefers.",
        },
    ),
    LayoutDensity: (
        "How much space there is between things.",
        {
            LayoutDensity.COMPACT: "Much at once.",
            LayoutDensity.COMFORTABLE: "The usual.",
            LayoutDensity.SPACIOUS: "Little at once.",
        },
    ),
    SkillLevel: (
        "How far a user has come with the host application, judged by what they use.",
        {
            SkillLevel.BEGINNER: "Is starting, or nothing is known.",
            SkillLevel.INTERMEDIATE: "Has adopted some of the features.",
            SkillLevel.ADVANCED: "Has adopted many of the features.",
        },
    ),
    Device: (
        "The kind of device.",
        {
            Device.MOBILE: "A telephone.",
            Device.TABLET: "A tablet.",
            Device.DESKTOP: "A laptop or desktop computer.",
            Device.OTHER: "Anything else.",
        },
    ),
    InteractionKind: (
        "What kind of thing a user did.",
        {
            InteractionKind.PAGE_VIEW: "Opened a page; `section` says where.",
            InteractionKind.FEATURE_USE: "Used the feature `target`.",
            InteractionKind.CONTENT_VIEW: "Saw the content `target`, labelled with `tags`.",
            InteractionKind.CLICK: "Clicked the element `target`.",
            InteractionKind.SEARCH: "Searched.",
            InteractionKind.DISMISS: "Closed or rejected `target`.",
            InteractionKind.PREFERENCE: "Chose a setting.",
            InteractionKind.CONVERSION: "Reached the goal `target`; `value` says how much it is worth.",
            InteractionKind.SESSION_START: "Arrived.",
            InteractionKind.SESSION_END: "Left.",
            InteractionKind.OTHER: "Anything else.",
        },
    ),
    Trend: (
        "Where the number of sessions per week is heading, over the latest 8 to 12 whole weeks.",
        {
            Trend.RISING: "Upwards, by more than chance explains in 95 of 100 cases.",
            Trend.STEADY: "Nowhere that chance does not explain.",
            Trend.FALLING: "Downwards, by more than chance explains in 95 of 100 cases.",
            Trend.UNKNOWN: "Known for less than 8 weeks, or fewer than 5 sessions in them.",
        },
    ),
    ConfigSource: (
        "Where a config comes from.",
        {
            ConfigSource.DECIDED: "Decided for this request.",
            ConfigSource.CACHED: "Decided before; nothing has changed since.",
            ConfigSource.LAST_KNOWN: "The newest known while a store does not answer: it may be outdated.",
            ConfigSource.DEFAULT: "The defaults of the catalogue: a store does not answer and nothing is known.",
        },
    ),
    UpdateCause: (
        "Why an update is sent.",
        {
            UpdateCause.SUBSCRIBED: "It is the first one of the subscription.",
            UpdateCause.RULE_CHANGED: "A rule was made, changed or removed.",
            UpdateCause.PROFILE_CHANGED: "More is known of the user.",
            UpdateCause.CATALOGUE_CHANGED: "The catalogue was replaced.",
            UpdateCause.SCHEDULE: "A moment came at which a condition about time changes.",
            UpdateCause.PRIVACY_CHANGED: "The user chose otherwise about personalization.",
            UpdateCause.RESYNCHRONISED: "News may have been missed, and this differs from what was known.",
        },
    ),
    RuleStatus: (
        "Whether a rule decides anything.",
        {
            RuleStatus.DRAFT: "Not yet.",
            RuleStatus.ACTIVE: "Yes.",
            RuleStatus.PAUSED: "Not at the moment.",
            RuleStatus.ARCHIVED: "Not any more: it was deleted, and its key is free.",
        },
    ),
    RuleOrder: (
        "In which order rules are listed.",
        {
            RuleOrder.PRIORITY_DESC: "Those that win slots first.",
            RuleOrder.UPDATED_DESC: "Latest changed first.",
            RuleOrder.NAME_ASC: "By name.",
        },
    ),
    RuleOutcome: (
        "What became of a rule for a user in a context.",
        {
            RuleOutcome.APPLIED: "It decides at least one slot.",
            RuleOutcome.OUTRANKED: "It applies, but other rules or the user's own choice decide all slots it wants.",
            RuleOutcome.NOT_ACTIVE: "It is a draft, paused or archived.",
            RuleOutcome.OPTED_OUT: "The user does not want to be personalized.",
            RuleOutcome.WRONG_PLACE: "It is for other places.",
            RuleOutcome.OUT_OF_SCHEDULE: "It is not its time.",
            RuleOutcome.CONDITION_FAILED: "Its condition does not hold.",
            RuleOutcome.EXCLUDED: "The user belongs to another active rule of its exclusion group.",
            RuleOutcome.OUTSIDE_COVERAGE: "It is for a share of the users, without this one.",
            RuleOutcome.HELD_OUT: "The user is kept from rules, to measure what rules achieve.",
        },
    ),
    RuleChangeKind: (
        "What was done to a rule.",
        {
            RuleChangeKind.CREATED: "It was made: as a draft, unless it was imported.",
            RuleChangeKind.UPDATED: "What its author wrote was replaced.",
            RuleChangeKind.STATUS_CHANGED: "It was given another status.",
            RuleChangeKind.ROLLED_BACK: "An earlier revision was made the newest again.",
            RuleChangeKind.DELETED: "It was archived.",
        },
    ),
    ImportFormat: (
        "How a document of rules is written.",
        {
            ImportFormat.ATTUNE: "As `exportRules` answers it.",
            ImportFormat.GROWTHBOOK: "As GrowthBook describes features: to its SDKs, or through its REST API.",
        },
    ),
    AttributeSource: (
        "Where the attributes of another system's conditions are found here.",
        {
            AttributeSource.ATTRIBUTES: "In the request's attributes: the application sends them with every context.",
            AttributeSource.TRAITS: "In the user's traits: the application declares them.",
        },
    ),
    ImportChangeKind: (
        "What an import does to one thing.",
        {
            ImportChangeKind.CREATED: "It is made.",
            ImportChangeKind.CHANGED: "It is changed.",
            ImportChangeKind.ARCHIVED: "A rule is archived: its key is free, its history stays.",
            ImportChangeKind.DELETED: "A segment is deleted with its memberships.",
        },
    ),
    Weekday: ("A day of the week.", {day: f"{day.capitalize()}." for day in Weekday}),
    SegmentKind: (
        "Who defined a segment.",
        {
            SegmentKind.BUILT_IN: (
                "The engine: new_user, casual_user, feature_explorer, power_user, goal_oriented, mobile_first, "
                "desktop_focused."
            ),
            SegmentKind.CONDITION: "An admin, by a condition.",
        },
    ),
    MembershipSource: (
        "How a membership came about.",
        {
            MembershipSource.CONDITION: "By the segment's definition: this is what rules read.",
            MembershipSource.MODEL: "Expected by a trained model for the next horizon; no rule reads it.",
        },
    ),
    ModelTask: (
        "What a model predicts.",
        {
            ModelTask.CHURN: "Whether a user stays away.",
            ModelTask.LIFETIME_VALUE: "What a user will spend.",
            ModelTask.NEXT_ACTION: "What a user does next.",
            ModelTask.RECOMMENDATION: "Which features a user will like.",
            ModelTask.SEGMENTS: "In which segments a user will be.",
        },
    ),
    RiskLevel: (
        "What to make of a risk.",
        {
            RiskLevel.LOW: "Nothing out of the ordinary.",
            RiskLevel.MEDIUM: "Worth watching.",
            RiskLevel.HIGH: "Worth doing something about.",
        },
    ),
    DriftLevel: (
        "What to make of drift.",
        {
            DriftLevel.STABLE: "Nothing moved that matters.",
            DriftLevel.MOVING: "Worth watching.",
            DriftLevel.DRIFTED: "Another population than the one trained on: training again is due.",
        },
    ),
    FindingKind: (
        "What static analysis can find about a rule.",
        {
            FindingKind.NEVER_TRUE: "Its condition, places and times are never true together.",
            FindingKind.SHADOWED: "Whenever it applies, other rules come first on all its slots.",
            FindingKind.SAME_PRIORITY_CONFLICT: "A rule of the same priority wants a slot to be something else.",
            FindingKind.UNKNOWN_TARGET: "It names something that is neither in the catalogue nor a segment.",
            FindingKind.OVERLAPPING_EXPERIMENTS: "Another rule is tried on shares of the same users and the same slot.",
        },
    ),
    Verdict: (
        "What may be concluded from an experiment.",
        {
            Verdict.NOT_ENOUGH_DATA: "Too few users to say anything.",
            Verdict.VOID: "The split itself is broken: no difference can be believed.",
            Verdict.KEEP_RUNNING: "Undecided.",
            Verdict.VARIATION_WINS: "A variation is better than the control, and worsens no guardrail.",
            Verdict.CONTROL_WINS: "Every variation is worse than the control, in its goal or in a guardrail.",
            Verdict.NO_DIFFERENCE: "What difference there may be is too small to matter.",
        },
    ),
    SuggestionKind: (
        "What could be changed.",
        {
            SuggestionKind.ROLL_OUT: "Give everybody the variation that won.",
            SuggestionKind.PAUSE: "Stop a rule that does harm.",
            SuggestionKind.REPRIORITISE: "Give another priority to a rule that others always come before.",
            SuggestionKind.REALLOCATE: "Give new users other shares of the variations.",
            SuggestionKind.CONCLUDE: "End an experiment that no variation wins.",
            SuggestionKind.FIX_CONFLICT: "Decide which of two rules of the same priority comes first.",
            SuggestionKind.TARGET_SEGMENT: "Let a rule apply only where it works.",
        },
    ),
    ExperimentStatus: (
        "How far an experiment is.",
        {
            ExperimentStatus.DRAFT: "It was not started: the rule acts by its own adaptations alone.",
            ExperimentStatus.RUNNING: "Users get variations by chance, and keep what they got.",
            ExperimentStatus.CONCLUDED: "Whoever the rule is for gets the winner.",
        },
    ),
    ExperimentMode: (
        "Who allocates users while an experiment runs.",
        {
            ExperimentMode.FIXED: "Its author: the allocation stays until they change it.",
            ExperimentMode.BANDIT: "The engine, by Thompson sampling: what does better gets more. For five and more.",
        },
    ),
    GoalMeasure: (
        "What of a goal is compared, per user.",
        {
            GoalMeasure.CONVERSION_RATE: "Whether they reached it.",
            GoalMeasure.COUNT_MEAN: "How often they did.",
            GoalMeasure.VALUE_MEAN: "The sum of the values.",
        },
    ),
    ActivityMeasure: (
        "Something countable about a user's activity.",
        {
            ActivityMeasure.SESSIONS: "Sessions ever.",
            ActivityMeasure.SESSIONS_7D: "Sessions that began in the last 7 x 24 hours.",
            ActivityMeasure.SESSIONS_30D: "Sessions that began in the last 30 x 24 hours.",
            ActivityMeasure.INTERACTIONS: "Interactions ever.",
            ActivityMeasure.CONVERSIONS: "Conversions ever.",
            ActivityMeasure.ACTIVE_DAYS: "UTC days with any interaction, ever.",
            ActivityMeasure.VALUE: "The sum of the values of all interactions.",
            ActivityMeasure.DAYS_SINCE_FIRST_SEEN: "Days since the first interaction.",
        },
    ),
}


def _register() -> None:
    """Make every enumeration a GraphQL enum."""
    for enumeration, (meaning, members) in MEANINGS.items():
        strawberry.enum(enumeration, description=meaning)
        definition = vars(enumeration)["__strawberry_definition__"]
        if isinstance(definition, StrawberryEnumDefinition):
            for value in definition.values:
                value.description = members[enumeration[value.name]]


_register()
