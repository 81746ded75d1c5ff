"""How it is stored which rules users got, with which variation, and since when."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.assignments import Applied, Assignment
    from domain.model.rules import RuleId
    from domain.model.users import UserId


class AssignmentKey(NamedTuple):
    """There is at most one assignment of a user in a run of a rule."""

    user_id: UserId
    rule_id: RuleId
    run: int

    @classmethod
    def of(cls, assignment: Assignment) -> Self:
        return cls(assignment.user_id, assignment.applied.rule_id, assignment.applied.run)


@dataclass(frozen=True, slots=True)
class Application:
    """That a rule was delivered to a user `times` times between two instants; the first may be the first exposure.

    `was_known`: there was a profile of the user when it was delivered. If there is none any more, the user was erased.
    """

    user_id: UserId
    applied: Applied
    first_at: datetime
    last_at: datetime
    times: int = 1
    was_known: bool = False

    @property
    def key(self) -> AssignmentKey:
        return AssignmentKey(self.user_id, self.applied.rule_id, self.applied.run)


@dataclass(frozen=True, slots=True)
class Recorded:
    """`first_exposures`: what nobody had recorded before. `revisions`: of the profiles that now know of a new run."""

    first_exposures: frozenset[AssignmentKey] = frozenset()
    revisions: Mapping[UserId, int] = field(default_factory=dict)


class Assignments(Protocol):
    async def record(self, applications: Sequence[Application]) -> Recorded:
        """Store what is new, and count on what is known: a first exposure is never changed.

        What was delivered to an alias is recorded for its user. Users come into being; who opted out, who was erased
        since, and rules that there are not are ignored. First exposures mark the user for folding; those in a run of
        an experiment raise the revision of the user's profile.
        A fixed number of statements for any number of applications. Several of one key count as one.
        """
        ...

    async def override(self, user_id: UserId, applied: Applied, at: datetime) -> None:
        """Give the user this variation in the run, whatever was assigned: excluded from statistics from now on.

        The profile has to be locked by this unit of work, which also has to save its next revision.
        """
        ...

    async def remove_override(self, key: AssignmentKey) -> bool:
        """Forget an overridden assignment; whether there was one. The profile: as for `override`."""
        ...

    async def of_users(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Sequence[Assignment]]:
        """Latest first exposure first, up to `MAX_ASSIGNMENTS_PER_USER`. One statement for any number of users."""
        ...
