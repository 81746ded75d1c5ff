"""How profiles are stored, claimed for folding, and remembered nearby."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from domain.errors import Unavailable
from domain.model.footprints import NO_FOOTPRINT, Footprint
from domain.model.habits import Habits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from domain.model.pages import Page, PageRequest
    from domain.model.profiles import Profile
    from domain.model.ranges import Range
    from domain.model.segments import SegmentKey
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile locked by this unit of work, and how far its history reaches.

    `folded_through` is the largest interaction sequence in the history and in `habits`, which only models read; `None`
    instead of habits: no release like this one has folded them, so everything has to be folded from scratch. `signals`
    are those from which the profile's insights were made, as the predictor wrote them; `scored_by` is the revision of
    the models that made them, 0 when none did. `footprint` is what of the user is in the roll-ups, `None` where
    nothing is although interactions are known: of who opted out, and of whom no release like this one has folded.
    `mark` identifies the mark for folding that was seen, `None` when the
    user is not marked.
    """

    profile: Profile
    folded_through: int = 0
    mark: int | None = None
    habits: Habits | None = field(default_factory=Habits)
    signals: bytes = b""
    scored_by: int = 0
    footprint: Footprint | None = NO_FOOTPRINT


@dataclass(frozen=True, slots=True)
class ScoredSignals:
    """The signals of one user from which the insights computed at this instant were made."""

    computed_at: datetime
    signals: bytes


@dataclass(frozen=True, slots=True)
class AssessedProfile:
    """What to write: the profile, when to look at it again (`None`: never), and the segments it was assessed by."""

    stored: StoredProfile
    due_at: datetime | None
    segments_revision: int


@dataclass(frozen=True, slots=True)
class UserFilter:
    segment: SegmentKey | None = None
    seen_since: datetime | None = None
    churn_risk: Range | None = None


class Gone(Unavailable):
    """The user was erased or linked a moment ago: who begins again will see."""


class Profiles(Protocol):
    """Profiles with their traits, preferences, memberships, insights and personalization choice.

    Assignments are read with them, but never written here: see `Assignments`.
    """

    async def of_users(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]:
        """The stored profiles; users without one are missing. One statement for any number of users.

        An alias has a profile of which only `linked_to` and what its user chose is known, and the latter since when.
        """
        ...

    async def lock(self, user_id: UserId, *, must_exist: bool = False) -> StoredProfile:
        """The profile for changing, until the unit of work ends; user and profile come into being (revision 0).

        `must_exist`: for those who hold another user already, for whom trackers of both may wait. Raises `Gone` for an
        alias, and for who must exist and does not.
        """
        ...

    async def claim(
        self, limit: int, now: datetime, segments_revision: int, models_revision: int
    ) -> Sequence[StoredProfile]:
        """Lock up to `limit` profiles marked for folding, due at `now`, or assessed by older segments or models.

        Marked ones first, longest marked first. Profiles that another unit of work holds are skipped, never waited
        for. Users who opted out are not claimed.
        """
        ...

    async def save(self, stored: StoredProfile, due_at: datetime | None, segments_revision: int) -> None:
        """Write a profile locked before, with its memberships; remove exactly the mark that was seen with it.

        A mark made since then stays: its interactions are not in this history.
        """
        ...

    async def save_all(self, assessed: Sequence[AssessedProfile]) -> None:
        """`save` each of them, of different users. A fixed number of statements for any number of profiles."""
        ...

    async def hold_footprint(self, user_id: UserId) -> Footprint | None:
        """What of a user who is about to be erased is in the roll-ups; locked until then. `None`: nothing."""
        ...

    def footprints(self, batch: int) -> AsyncIterator[Sequence[Footprint]]:
        """All of them in batches, in one statement, as they are when it begins."""
        ...

    async def revisions(self, user_ids: Sequence[UserId]) -> Mapping[UserId, int]:
        """Current revisions; users without a profile are missing. One statement for any number of users."""
        ...

    async def signals_of(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ScoredSignals]:
        """What their insights were made from; users without insights are missing. One statement for any number."""
        ...

    async def page(self, matching: UserFilter, page: PageRequest) -> Page[UserId]:
        """Users with a profile, latest seen first, then by id."""
        ...


class ProfileReads(Protocol):
    """Profiles read one by one and often, outside any unit of work."""

    async def of_user(self, user_id: UserId) -> Profile | None:
        """What `Profiles.of_users` answers, as of now or a little later. Raises `Unavailable`."""
        ...


class ProfileCache(Protocol):
    """Profiles that changed lately, kept for when the database does not answer. Losing them costs nothing else."""

    async def get(self, user_id: UserId) -> Profile | None:
        """The newest profile put, or `None`; also `None` when the cache does not answer."""
        ...

    async def put(self, *profiles: Profile) -> None:
        """Keep each profile unless a newer revision is kept already. Never raises."""
        ...

    async def forget(self, user_id: UserId) -> None:
        """Never raises."""
        ...
