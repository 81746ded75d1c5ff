"""What belongs together is stored together or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from domain.ports.assignments import Assignments
    from domain.ports.audit_log import AuditLog
    from domain.ports.catalogues import Catalogues
    from domain.ports.interactions import Interactions
    from domain.ports.links import Links
    from domain.ports.outcomes import Exposures
    from domain.ports.populations import Populations
    from domain.ports.profiles import Profiles
    from domain.ports.rollups import RollUps
    from domain.ports.rules import Rules, RuleSets
    from domain.ports.segments import Segments
    from domain.ports.trained_models import TrainedModels, Trainings
    from domain.ports.training_data import TrainingData
    from domain.ports.users import Users


class UnitOfWork(Protocol):
    """One transaction over all stores. Leaving it without `commit` rolls back.

    Every store raises `Unavailable` when the database does not answer, at any call.
    """

    @property
    def interactions(self) -> Interactions: ...
    @property
    def profiles(self) -> Profiles: ...
    @property
    def assignments(self) -> Assignments: ...
    @property
    def exposures(self) -> Exposures: ...
    @property
    def populations(self) -> Populations: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def rule_sets(self) -> RuleSets: ...
    @property
    def segments(self) -> Segments: ...
    @property
    def catalogues(self) -> Catalogues: ...
    @property
    def users(self) -> Users: ...
    @property
    def links(self) -> Links: ...
    @property
    def audit_log(self) -> AuditLog: ...
    @property
    def trained_models(self) -> TrainedModels: ...
    @property
    def trainings(self) -> Trainings: ...
    @property
    def training_data(self) -> TrainingData: ...
    @property
    def rollups(self) -> RollUps: ...

    async def commit(self) -> None:
        """Make everything done so far durable."""
        ...


class UnitsOfWork(Protocol):
    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Begin a unit of work."""
        ...
