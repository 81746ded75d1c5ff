"""What users were assigned, to test with: valid ones to override, and arbitrary ones for laws."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model.assignments import Applied, StickyVariation
from domain.model.experiments import VariationKey
from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.ports.assignments import Application

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
CONTROL, BOLD = VariationKey("control"), VariationKey("bold")


def build_applied(rule_id: str = "r1", run: int = 1, variation: str | None = BOLD, **parts: Any) -> Applied:
    return Applied(RuleId(rule_id), run, None if variation is None else VariationKey(variation), **parts)


def build_application(user_id: str = "ada", applied: Applied | None = None, **parts: Any) -> Application:
    """Delivered once, at noon."""
    at = parts.pop("at", NOW)
    return Application(
        **{"user_id": UserId(user_id), "applied": applied or build_applied(), "first_at": at, "last_at": at, **parts}
    )


@cache
def assignments() -> SearchStrategy[Mapping[RuleId, StickyVariation]]:
    """What a user may have in the latest runs of experiments."""
    sticky = st.builds(
        StickyVariation,
        run=st.integers(1, 3),
        variation=st.none() | st.sampled_from((CONTROL, BOLD)),
        probability=st.floats(0, 1, exclude_min=True),
        overridden=st.booleans(),
    )
    return st.dictionaries(st.sampled_from(("r1", "r2", "r3")).map(RuleId), sticky, max_size=3)
