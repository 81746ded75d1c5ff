"""How is a user shown, with the profile and the segments?

Users have segments and segments have users: types that mention each other stand in one module.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self, cast

import strawberry
from strawberry.scalars import JSON

from domain.model import profiles as profiles_model
from domain.model import segments as segments_model
from domain.model import users as model
from domain.model.news import SegmentChanged
from domain.rules import usage
from domain.rules.documents import condition_document
from domain.rules.instants import instant_at
from resolvers import (
    analytics,
    assignments,
    configs,
    explanations,
    insights,
    interactions,
    personalization,
    profiles,
    segments,
)
from resolvers.arguments import DEFAULT_PAGE_ITEMS, Document, page_request
from resolvers.loaders import Member
from resolvers.profiles import ProfileUpdate as ProfileUpdateNews
from schema.enumerations import MembershipSource, SegmentKind, SkillLevel, UpdateCause
from schema.inputs.configs import ContextInput
from schema.inputs.filters import InteractionFilter
from schema.inputs.periods import PeriodInput
from schema.operations import Info, resolved
from schema.types.assignments import Assignment
from schema.types.configs import Config
from schema.types.explanations import Explanation
from schema.types.insights import Insights
from schema.types.interactions import Interaction
from schema.types.pages import After, Connection, First
from schema.types.usage import Activity, ContentPreference, DeviceShare, FeatureUsage, SectionShare, UsagePattern

if TYPE_CHECKING:
    from schema.types.analytics import SegmentAnalysis

NEEDS_ROLE = "Roles: admin, analyst."


@strawberry.type(description="A named set of users.")
class Segment:
    key: str = strawberry.field(description="Its name for programs and conditions.")
    name: str = strawberry.field(description="Its name for people.")
    description: str = strawberry.field(description="Who is in it, in words.")
    kind: SegmentKind = strawberry.field(description="Who defined it.")

    @classmethod
    def of(cls, segment: segments_model.Segment) -> Self:
        return cls(key=segment.key, name=segment.name, description=segment.description, kind=segment.kind)

    @resolved(f"Who is in it, in the shape of ConditionInput; null for a built-in one. {NEEDS_ROLE}")
    def condition(self, info: Info) -> JSON | None:
        condition = segments.condition(info.context, segments_model.SegmentKey(self.key))
        return None if condition is None else JSON(condition_document(condition))

    @resolved(f"How many users count as in it. {NEEDS_ROLE}")
    async def size(self, info: Info) -> int:
        return await segments.size(info.context, segments_model.SegmentKey(self.key))

    @resolved(f"What its users did in a period: the last 30 days unless said otherwise. {NEEDS_ROLE}")
    def analysis(
        self,
        info: Info,
        asked: Annotated[
            Document | None,
            strawberry.argument(name="period", description="At most 400 days.", graphql_type=PeriodInput | None),
        ] = None,
    ) -> Annotated["SegmentAnalysis", strawberry.lazy("schema.types.analytics")]:
        from schema.types.analytics import SegmentAnalysis  # noqa: PLC0415 - suggestions in there mention segments

        return SegmentAnalysis(key=self.key, period=analytics.period(info.context, asked))

    @resolved(f"Who counts as in it, most certain first. {NEEDS_ROLE}")
    async def members(
        self, info: Info, first: First = DEFAULT_PAGE_ITEMS, after: After = None
    ) -> "Connection[SegmentMember]":
        page = await segments.members(info.context, segments_model.SegmentKey(self.key), page_request(first, after))
        return Connection[SegmentMember].of(page, lambda member: SegmentMember.of(member, self), after)


@strawberry.type(
    description="How surely a user is, or will be, in a segment; from a confidence of 0.5 on that counts as in."
)
class SegmentMembership:
    segment: Segment = strawberry.field(description="The segment.")
    confidence: float = strawberry.field(description="How surely, in [0, 1].")
    since: datetime = strawberry.field(
        description="Since when the user has counted as in (or as not quite in); of what a model expects: when it did."
    )
    source: MembershipSource = strawberry.field(description="How the membership came about.")

    @classmethod
    def of(cls, membership: segments_model.SegmentMembership, segment: Segment) -> Self:
        return cls(segment=segment, confidence=membership.confidence, since=membership.since, source=membership.source)


@strawberry.type(description="What the engine knows of one user now.")
class Profile:
    source: strawberry.Private[profiles_model.Profile]
    now: strawberry.Private[datetime]
    revision: int = strawberry.field(description="Grows with every change.")
    skill: SkillLevel = strawberry.field(description="How far the user has come, judged by what they use.")
    first_seen_at: datetime = strawberry.field(
        description="The first interaction; when the profile was made, as long as there is none."
    )
    last_seen_at: datetime = strawberry.field(
        description="The latest interaction; when the profile was made, as long as there is none."
    )
    computed_at: datetime = strawberry.field(description="When the profile was written.")

    @classmethod
    def of(cls, profile: profiles_model.Profile, now: datetime) -> Self:
        """`profile` is known: something was written."""
        history = profile.history
        computed_at = profile.computed_at or now
        first_us, last_us = history.first_seen_us, history.last_seen_us
        return cls(
            source=profile,
            now=now,
            revision=profile.revision,
            skill=profile.skill,
            first_seen_at=computed_at if first_us is None else instant_at(first_us),
            last_seen_at=computed_at if last_us is None else instant_at(last_us),
            computed_at=computed_at,
        )

    @resolved("What the host application declares of the user: an object, a value for each trait.")
    def traits(self) -> JSON:
        return JSON(dict(self.source.traits))

    @resolved(
        "The segments that the user is in or nearly in, surest first; then those that a model expects the user to be "
        "in at the next horizon, which no rule reads."
    )
    def segments(
        self,
        info: Info,
        source: Annotated[
            MembershipSource | None, strawberry.argument(description="Only memberships that came about like this.")
        ] = None,
    ) -> list[SegmentMembership]:
        known = insights.memberships(self.source, source)
        named = ((membership, segments.named(info.context, membership.segment)) for membership in known)
        return [SegmentMembership.of(membership, Segment.of(segment)) for membership, segment in named if segment]

    @resolved("How much the user does.")
    def activity(self) -> Activity:
        return Activity.of(usage.activity(self.source.history, self.now))

    @resolved("The features used, most used first.")
    def features(self) -> list[FeatureUsage]:
        return [FeatureUsage.of(used) for used in usage.feature_usage(self.source.history)]

    @resolved("The devices used, most used first.")
    def devices(self) -> list[DeviceShare]:
        return [DeviceShare.of(share) for share in usage.device_shares(self.source.history)]

    @resolved("The sections visited, most visited first.")
    def sections(self) -> list[SectionShare]:
        return [SectionShare.of(share) for share in usage.section_shares(self.source.history)]

    @resolved("The tags of content seen or dismissed, most liked first.")
    def content_preferences(self) -> list[ContentPreference]:
        return [ContentPreference.of(preference) for preference in usage.content_preferences(self.source.history)]

    @resolved("When and how regularly the user comes.")
    def usage_pattern(self) -> UsagePattern:
        return UsagePattern.of(usage.usage_pattern(self.source.history, self.now))


@strawberry.type(description="What a user allows.")
class PersonalizationChoice:
    enabled: bool = strawberry.field(description="To be tracked, profiled and personalized at all?")
    use_of_models: bool = strawberry.field(description="To be scored by trained models?")
    changed_at: datetime | None = strawberry.field(description="When they chose; null: never, these are the defaults.")

    @classmethod
    def of(cls, choice: model.PersonalizationChoice) -> Self:
        return cls(enabled=choice.enabled, use_of_models=choice.use_of_models, changed_at=choice.changed_at)


@strawberry.type(description="Whoever is personalized.")
class User:
    id: strawberry.ID = strawberry.field(description="Chosen by the host application; says nothing about a person.")

    @classmethod
    def of(cls, user_id: model.UserId) -> Self:
        return cls(id=strawberry.ID(user_id))

    @property
    def user_id(self) -> model.UserId:
        return model.UserId(self.id)

    @resolved("What is known of the user; null until something is.")
    async def profile(self, info: Info) -> Profile | None:
        found = await profiles.profile(info.context, self.user_id)
        return None if found is None else Profile.of(found, info.context.use_cases.clock.now())

    @resolved("Everything the user should see in a context now.", determined=True)
    def config(
        self,
        info: Info,
        context: Annotated[
            Document,
            strawberry.argument(description="Where and how the user is looking.", graphql_type=ContextInput),
        ],
    ) -> Config:
        decided = configs.config_at_once(info.context, self.user_id, context)
        # GraphQL waits for what has to be waited for.
        return Config.of(decided) if decided is not None else cast("Config", self._config(info, context))

    async def _config(self, info: Info, context: Document) -> Config:
        return Config.of(await configs.config(info.context, self.user_id, context))

    @resolved("Why each rule does or does not apply in a context now.")
    async def explanation(
        self,
        info: Info,
        context: Annotated[
            Document,
            strawberry.argument(description="Where and how the user is looking.", graphql_type=ContextInput),
        ],
    ) -> Explanation:
        return Explanation.of(await explanations.inquiry(info.context, self.user_id, context))

    @resolved("What the user did, latest first.")
    async def interactions(
        self,
        info: Info,
        matching: Annotated[
            Document | None,
            strawberry.argument(
                name="filter", description="Only these interactions.", graphql_type=InteractionFilter | None
            ),
        ] = None,
        first: First = DEFAULT_PAGE_ITEMS,
        after: After = None,
    ) -> Connection[Interaction]:
        page = await interactions.of_user(info.context, self.user_id, matching, page_request(first, after))
        return Connection[Interaction].of(page, Interaction.of, after)

    @resolved("What models say of the user; null where none says anything, or the user allows none.")
    async def insights(self, info: Info) -> Insights | None:
        known = await insights.insights(info.context, self.user_id)
        return None if known is None else Insights.of(self.user_id, known)

    @resolved("The rules that have applied to the user, with what they got of their experiments; latest first.")
    async def assignments(self, info: Info) -> list[Assignment]:
        return [Assignment.of(one) for one in await assignments.of_user(info.context, self.user_id)]

    @resolved("What the user allows.")
    async def personalization(self, info: Info) -> PersonalizationChoice:
        return PersonalizationChoice.of(await personalization.choice(info.context, self.user_id))


@strawberry.type(description="One user who counts as in a segment.")
class SegmentMember:
    user: User = strawberry.field(description="The user.")
    membership: SegmentMembership = strawberry.field(description="How surely, and since when.")

    @classmethod
    def of(cls, member: Member, segment: Segment) -> Self:
        user_id, membership = member
        return cls(user=User.of(user_id), membership=SegmentMembership.of(membership, segment))


@strawberry.type(description="A user joins or leaves a segment.")
class SegmentChange:
    user: User = strawberry.field(description="The user.")
    segment: Segment = strawberry.field(description="The segment.")
    joined: bool = strawberry.field(description="Joined, or left?")
    confidence: float = strawberry.field(description="How surely the user is in it now, in [0, 1].")
    at: datetime = strawberry.field(description="When this was found out.")

    @classmethod
    def of(cls, change: tuple[SegmentChanged, segments_model.Segment]) -> Self:
        news, segment = change
        return cls(
            user=User.of(news.user_id),
            segment=Segment.of(segment),
            joined=news.joined,
            confidence=news.confidence,
            at=news.at,
        )


@strawberry.type(description="A profile that differs from the one before.")
class ProfileUpdate:
    profile: Profile = strawberry.field(description="The profile now.")
    cause: UpdateCause = strawberry.field(description="Why it is sent.")

    @classmethod
    def of(cls, update: ProfileUpdateNews, now: datetime) -> Self:
        return cls(profile=Profile.of(update.profile, now), cause=update.cause)
