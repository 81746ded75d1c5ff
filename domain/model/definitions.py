"""Everything that authors define - rules, segments and the catalogue - without the engine it was defined in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.catalogues import Catalogue
    from domain.model.experiments import ExperimentRun
    from domain.model.rules import BucketSpan, Rule, RuleContent, RuleStatus
    from domain.model.segments import Segment


@dataclass(frozen=True, slots=True)
class RuleDefinition:
    """A rule as it can be carried to another engine.

    What is `None` is left to that engine: an existing rule keeps its status and its salt; a new one is a draft, drawn
    by its key, as old as its import. `created_at` and `held` count for new rules only: age decides between equals, and
    of its exclusion group a rule gets the same buckets if they are free. With its `run` an experiment goes on there as
    it was, and assigns everybody as before.
    """

    content: RuleContent
    status: RuleStatus | None = None
    salt: str | None = None
    created_at: datetime | None = None
    held: tuple[BucketSpan, ...] = ()
    run: ExperimentRun | None = None


@dataclass(frozen=True, slots=True)
class Definitions:
    """What is `None` is not spoken of."""

    rules: tuple[RuleDefinition, ...] | None = None
    segments: tuple[Segment, ...] | None = None
    catalogue: Catalogue | None = None


@dataclass(frozen=True, slots=True)
class StoredDefinitions:
    """What an engine has: every living rule in any status. `revision` grows with every change of any of it."""

    revision: int
    rules: tuple[Rule, ...]
    segments: tuple[Segment, ...]
    catalogue: Catalogue
