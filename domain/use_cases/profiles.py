"""How profiles come to know what users did: folded exactly once, assessed, told to everybody."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.configs import UpdateCause
from domain.model.habits import Habits
from domain.model.json_values import json_flaw
from domain.model.news import ProfileChanged, SegmentChanged
from domain.ports.counters import Counter
from domain.ports.predictors import Subject
from domain.ports.profiles import AssessedProfile
from domain.rules.assessments import Assessment, assess_profile
from domain.rules.folding.habits import fold_habits, habits_from_scratch
from domain.rules.insights import to_tell
from domain.rules.instants import DAY_US, microseconds
from domain.rules.profiles import fold, fold_from_scratch
from domain.rules.rollups.footprints import counted, fold_footprint, footprint_from_scratch, settled
from domain.rules.segments import segment_changes
from domain.use_cases.outcomes import Folded, all_of, count_outcomes
from domain.use_cases.rollups import Recounted, recount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from domain.model.footprints import Footprint
    from domain.model.interactions import RecordedInteraction
    from domain.model.json_values import JsonObject
    from domain.model.news import News
    from domain.model.profiles import History, Preferences, Profile
    from domain.model.segments import Segment, SegmentMembership
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.counters import Counters
    from domain.ports.profiles import StoredProfile
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork
    from domain.use_cases.current_predictor import CurrentPredictor
    from domain.use_cases.current_profiles import CurrentProfiles
    from domain.use_cases.current_rules import CurrentRules

USERS_PER_UNIT_OF_WORK = 50
INTERACTIONS_PER_UNIT_OF_WORK = 20_000
"""Once this many are folded, the users not folded yet are left to the next unit of work: others wait for the locks."""

READ_PER_USER = 100
READ_PER_BUSY_USER = 2_000
"""How many interactions of one user are read at once: of many users together, and of one who did more than that."""

SET_ASIDE_FOR = timedelta(hours=1)
"""How long a user waits whose folding fails, unless they do something new before."""

SCORED_AT_A_STRETCH = 10
"""So many users are scored together, then requests get a turn: a user costs a few milliseconds."""

NOTICEABLE_CONFIDENCE = 0.001
"""Confidences move with time, all the time. Less than this, with nobody in or out for it, is no news."""


class Unfoldable(Exception):
    """Folding failed because of one user, not for want of a store: nobody was folded. The cause tells the fault."""

    def __init__(self, user_id: UserId) -> None:
        super().__init__("a user's interactions cannot be folded")
        self.user_id = user_id


class _SomeUnfoldable(Exception):
    """Folding failed because of one of so many users: nobody was folded."""

    def __init__(self, users: int) -> None:
        super().__init__("the interactions of one of several users cannot be folded")
        self.users = users


@dataclass(frozen=True, slots=True)
class Written:
    """What is saved, why it changed, and the segments its user joined or left; `cause` is `None`: it did not."""

    assessed: AssessedProfile
    cause: UpdateCause | None
    recounted: Recounted
    moves: tuple[SegmentChanged, ...] = ()

    @property
    def profile(self) -> Profile:
        return self.assessed.stored.profile


@dataclass(frozen=True, slots=True)
class ProfileWriter:
    """Stores a profile's next revision with its memberships and tells everybody once it is durable."""

    bus: Bus
    clock: Clock
    rules: CurrentRules
    models: CurrentPredictor
    profiles: CurrentProfiles

    async def write(self, work: UnitOfWork, before: StoredProfile, after: StoredProfile, cause: UpdateCause) -> Written:
        """Assess and save `after`, as the next revision if it differs from `before`, as which it was locked.

        The caller commits, then calls `tell`.
        """
        written = self.assess(before, after, cause)
        await work.profiles.save_all([written.assessed])
        await recount(work, [written.recounted])
        return written

    async def scored(self, folded: Sequence[StoredProfile]) -> list[StoredProfile]:
        """The profiles with what the models say now. Of who does not allow models, nothing is asked."""
        models, scored = self.models.known, [replace(one, scored_by=self.models.known.revision) for one in folded]
        offered = frozenset(feature.key for feature in self.rules.known.rule_set.catalogue.features)
        willing = [number for number, one in enumerate(scored) if one.profile.choice.allows_models]
        for start in range(0, len(willing), SCORED_AT_A_STRETCH):
            numbers = willing[start : start + SCORED_AT_A_STRETCH]
            subjects = [Subject(scored[number].profile, scored[number].habits or Habits()) for number in numbers]
            said = models.predict(subjects, self.clock.now(), offered)
            for number, predicted in zip(numbers, said, strict=True):
                profile = replace(scored[number].profile, insights=predicted.insights)
                scored[number] = replace(scored[number], profile=profile, signals=predicted.signals)
            await asyncio.sleep(0)
        return scored

    def assess(self, before: StoredProfile, after: StoredProfile, cause: UpdateCause) -> Written:
        """What `write` saves; the caller saves it."""
        now = self.clock.now()
        loaded = self.rules.known
        after = _with_news(before, _as_allowed(after))
        assessment = _assessed(after.profile, loaded.segments, now)
        profile = _next_revision(before.profile, after.profile, assessment, now)
        footprint = self._footprint(before, after, profile)
        stored = replace(after, profile=profile, footprint=footprint)
        assessed = AssessedProfile(stored, assessment.due_at, loaded.segments_revision)
        recounted = Recounted(counted(before.footprint), counted(footprint))
        if profile is before.profile:
            return Written(assessed, None, recounted)
        moves = tuple(
            SegmentChanged(profile.user_id, change.segment, change.joined, change.confidence, now)
            for change in segment_changes(before.profile.memberships, profile.memberships)
        )
        return Written(assessed, cause, recounted, moves)

    def _footprint(self, before: StoredProfile, after: StoredProfile, profile: Profile) -> Footprint | None:
        """Of who opted out there is none, nor of whom everything has to be folded first."""
        if not profile.choice.enabled or after.footprint is None:
            return None
        catalogue, today = self.rules.known.rule_set.catalogue, microseconds(self.clock.now()) // DAY_US
        return settled(counted(before.footprint), after.footprint, profile, catalogue, today)

    async def tell(self, written: Sequence[Written]) -> None:
        """The cache first: whoever hears the news finds the new profile there."""
        news: list[News] = []
        for one in written:
            if one.cause is not None:
                news.append(ProfileChanged(one.profile.user_id, one.profile.revision, one.cause))
                news.extend(one.moves)
        await self.profiles.share([one.profile for one in written if one.cause is not None])
        await self.bus.publish(*news)


@dataclass(frozen=True, slots=True)
class FoldProfiles:
    """Folds what marked users did into their profiles, and assesses profiles that are due."""

    begin: UnitsOfWork
    writer: ProfileWriter
    counters: Counters

    async def __call__(self, limit: int = USERS_PER_UNIT_OF_WORK) -> int:
        """One unit of work; how many users it was about. 0: nobody is waiting. Raises `Unfoldable`."""
        try:
            written = await self._fold_some(limit)
        except _SomeUnfoldable as failure:
            fewer = failure.users // 2
        else:
            await self.writer.tell(written)
            self.counters.add(Counter.PROFILES_FOLDED, len(written))
            return len(written)
        # Statements are about all users together and cannot say whose fault it is: fewer at a time will tell.
        return await self(fewer)

    async def set_aside(self, user_id: UserId) -> None:
        """Let the others go first: this user is tried again after `SET_ASIDE_FOR`, or with their next interaction."""
        async with self.begin() as work:
            stored = await work.profiles.lock(user_id)
            due_at = self.writer.clock.now() + SET_ASIDE_FOR
            waiting = replace(stored, scored_by=self.writer.models.known.revision)
            await work.profiles.save(waiting, due_at, self.writer.rules.known.segments_revision)
            await work.commit()

    async def _fold_some(self, limit: int) -> Sequence[Written]:
        loaded, models = await self.writer.rules.refresh(), await self.writer.models.refresh()
        async with self.begin() as work:
            now = self.writer.clock.now()
            claimed = await work.profiles.claim(limit, now, loaded.segments_revision, models.revision)
            if not claimed:
                return ()
            try:
                written = await self._fold_all(work, claimed)
            except (Unavailable, Unfoldable):
                raise
            except Exception as fault:
                if len(claimed) > 1:
                    raise _SomeUnfoldable(len(claimed)) from fault
                raise Unfoldable(claimed[0].profile.user_id) from fault
            await work.commit()
        return written

    async def _fold_all(self, work: UnitOfWork, claimed: Sequence[StoredProfile]) -> list[Written]:
        """A fixed number of statements, except for users who did very much."""
        through = {stored.profile.user_id: stored.folded_through for stored in claimed}
        arrived = await work.interactions.received_since(through, READ_PER_USER)
        folded: list[StoredProfile] = []
        interactions = 0
        for stored in claimed:
            with _blaming(stored):
                one = await _fold_on(work, stored, arrived.get(stored.profile.user_id, ()))
            folded.append(one)
            interactions += one.profile.history.interactions - stored.profile.history.interactions
            if interactions >= INTERACTIONS_PER_UNIT_OF_WORK:
                break
            await asyncio.sleep(0)  # requests get a turn
        written: list[Written] = []
        for stored, scored in zip(claimed, await self.writer.scored(folded), strict=False):
            with _blaming(stored):
                written.append(self.writer.assess(stored, scored, UpdateCause.PROFILE_CHANGED))
            await asyncio.sleep(0)
        await work.profiles.save_all([one.assessed for one in written])
        await count_outcomes(work, _new_in(claimed, folded, written, arrived), self.writer.rules.known.rule_set)
        await recount(work, [one.recounted for one in written])
        return written


def _new_in(
    claimed: Sequence[StoredProfile],
    folded: Sequence[StoredProfile],
    written: Sequence[Written],
    arrived: Mapping[UserId, Sequence[RecordedInteraction]],
) -> list[Folded]:
    return [
        Folded(
            before.profile,
            one.profile,
            after.folded_through,
            all_of(arrived.get(one.profile.user_id, ()), before, after),
        )
        for before, after, one in zip(claimed, folded, written, strict=False)
    ]


@contextmanager
def _blaming(stored: StoredProfile) -> Iterator[None]:
    """What fails inside, but for want of a store, fails because of this user."""
    try:
        yield
    except Unavailable:
        raise
    except Exception as fault:
        raise Unfoldable(stored.profile.user_id) from fault


@dataclass(frozen=True, slots=True)
class RecomputeProfile:
    """Folds all interactions of one user from scratch. Refuses users of whom nothing is known: they stay unknown."""

    begin: UnitsOfWork
    writer: ProfileWriter

    async def __call__(self, user_id: UserId) -> Profile:
        await self.writer.models.refresh()
        async with self.begin() as work:
            stored = await work.profiles.lock(user_id)
            if not stored.profile.choice.enabled:
                raise Refused.because("OPTED_OUT", "the user opted out of personalization", "userId")
            folded = await fold_everything(work, stored)
            if not (stored.profile.is_known or folded.folded_through):
                raise Refused.because("NOT_FOUND", "nothing is known of this user", "userId")
            (scored,) = await self.writer.scored([folded])
            written = await self.writer.write(work, stored, scored, UpdateCause.PROFILE_CHANGED)
            anew = Folded(stored.profile, written.profile, scored.folded_through)
            await count_outcomes(work, [anew], self.writer.rules.known.rule_set)
            await work.commit()
        await self.writer.tell([written])
        return written.profile


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """Declares traits (given keys are replaced, `null` removes one) and preferences (given ones are replaced)."""

    begin: UnitsOfWork
    writer: ProfileWriter

    async def __call__(self, user_id: UserId, traits: JsonObject, preferences: PreferencesChange) -> Profile:
        async with self.begin() as work:
            stored = await work.profiles.lock(user_id)
            before = stored.profile
            profile = replace(
                before,
                traits=merged_traits(before.traits, traits),
                preferences=preferences.applied_to(before.preferences),
            )
            # Nothing is folded here, so a mark for folding has to stay.
            updated = replace(stored, profile=profile, mark=None)
            written = await self.writer.write(work, stored, updated, UpdateCause.PROFILE_CHANGED)
            await work.commit()
        await self.writer.tell([written])
        return written.profile


@dataclass(frozen=True, slots=True)
class PreferencesChange:
    """The preferences to set; those not in `fields` stay as they are."""

    values: Preferences
    fields: frozenset[str]

    def applied_to(self, before: Preferences) -> Preferences:
        return replace(before, **{name: getattr(self.values, name) for name in self.fields})


def merged_traits(before: JsonObject, changes: JsonObject) -> JsonObject:
    """Raises `Refused` when the result may not be stored."""
    merged = {key: value for key, value in {**before, **changes}.items() if value is not None}
    if flaw := json_flaw(merged):
        raise Refused.because("INVALID_JSON", f"the user's traits would be too much: the object {flaw}", "traits")
    return merged


async def fold_new(work: UnitOfWork, stored: StoredProfile) -> StoredProfile:
    """The profile with everything received since it was folded last."""
    return await _fold_on(work, stored, await _arrived(work, stored, READ_PER_USER))


async def _fold_on(work: UnitOfWork, stored: StoredProfile, arrived: Sequence[RecordedInteraction]) -> StoredProfile:
    """The profile with the next `READ_PER_USER` interactions; if there are as many, with all that follow them, too."""
    if stored.habits is None or stored.footprint is None:
        return await fold_everything(work, stored)
    limit = READ_PER_USER
    while arrived:
        interactions = [recorded.interaction for recorded in arrived]
        history = fold(stored.profile.history, interactions)
        habits = None if history is None or stored.habits is None else fold_habits(stored.habits, interactions)
        if history is None or habits is None or stored.footprint is None:
            return await fold_everything(work, stored)
        footprint = fold_footprint(stored.footprint, interactions, stored.profile.history.sessions)
        stored = replace(_folded(stored, history, habits, arrived[-1].sequence), footprint=footprint)
        if len(arrived) < limit:
            break
        limit = READ_PER_BUSY_USER
        arrived = await _arrived(work, stored, limit)
    return stored


async def _arrived(work: UnitOfWork, stored: StoredProfile, limit: int) -> Sequence[RecordedInteraction]:
    user_id = stored.profile.user_id
    return (await work.interactions.received_since({user_id: stored.folded_through}, limit)).get(user_id, ())


async def fold_everything(work: UnitOfWork, stored: StoredProfile) -> StoredProfile:
    """The profile as the fold of all its interactions; memory grows with their number."""
    everything = [recorded async for recorded in work.interactions.received_after(stored.profile.user_id, 0)]
    interactions = [recorded.interaction for recorded in everything]
    history, habits = fold_from_scratch(interactions), habits_from_scratch(interactions)
    footprint = footprint_from_scratch(counted(stored.footprint), interactions)
    folded = _folded(stored, history, habits, everything[-1].sequence if everything else 0)
    return replace(folded, footprint=footprint)


def _folded(stored: StoredProfile, history: History, habits: Habits, through: int) -> StoredProfile:
    return replace(stored, profile=replace(stored.profile, history=history), habits=habits, folded_through=through)


def _as_allowed(stored: StoredProfile) -> StoredProfile:
    """Of who does not allow models, nothing that they said is kept."""
    if stored.profile.choice.allows_models:
        return stored
    return replace(stored, profile=replace(stored.profile, insights=None), signals=b"")


def _with_news(before: StoredProfile, after: StoredProfile) -> StoredProfile:
    """Of what models say only what is news. Signals stay with the risk that they explain."""
    known, said = before.profile.insights, after.profile.insights
    told = to_tell(known, said)
    is_same_risk = told is not None and known is not None and told.churn is known.churn
    signals = before.signals if is_same_risk else after.signals
    return replace(after, profile=replace(after.profile, insights=told), signals=signals)


def _assessed(profile: Profile, segments: Sequence[Segment], now: datetime) -> Assessment:
    """Who opted out is in no segment, and is not looked at again."""
    if not profile.choice.enabled:
        return Assessment(profile.skill, memberships=(), due_at=None)
    return assess_profile(profile, segments, now)


def _next_revision(before: Profile, after: Profile, assessed: Assessment, now: datetime) -> Profile:
    """`before` itself when nothing worth telling has changed."""
    profile = replace(after, memberships=assessed.memberships, skill=assessed.skill)
    only_drifted = _only_drifted(before.memberships, profile.memberships)
    if before.is_known and only_drifted and replace(profile, memberships=before.memberships) == before:
        return before
    return replace(profile, revision=before.revision + 1, computed_at=now)


def _only_drifted(before: Sequence[SegmentMembership], after: Sequence[SegmentMembership]) -> bool:
    earlier = {membership.segment: membership for membership in before}
    return earlier.keys() == {membership.segment for membership in after} and all(
        earlier[m.segment].counts is m.counts
        and abs(earlier[m.segment].confidence - m.confidence) < NOTICEABLE_CONFIDENCE
        for m in after
    )
