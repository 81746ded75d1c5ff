"""Are profiles and configs read from their documents exactly as they were written?"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.assignments import Applied
from domain.model.configs import (
    Config,
    ConfigSource,
    Decision,
    FeatureState,
    LostAdaptation,
    Recommendation,
    Slot,
)
from domain.model.experiments import NO_RUN, VariationKey
from domain.model.habits import Habits
from domain.model.insights import Insights
from domain.model.rules import RuleId
from domain.model.skills import SkillLevel
from persistence.documents.configs import CONFIG_DOCUMENT_VERSION, config_from_bytes, config_to_bytes
from persistence.documents.habits import HABITS_DOCUMENT_VERSION, habits_from_bytes, habits_to_bytes
from persistence.documents.insights import insights_document, parse_insights
from persistence.documents.profiles import (
    PROFILE_DOCUMENT_VERSION,
    history_document,
    parse_history,
    profile_from_bytes,
    profile_to_bytes,
)
from tests.builders.insights import HABITS, insights
from tests.builders.profiles import NOW, build_profile, profiles

if TYPE_CHECKING:
    from domain.model.profiles import Profile

CONFIG = Config(
    revision="r1",
    decided_at=datetime(2026, 3, 4, 12, 0, 0, 5, tzinfo=UTC),
    holds_until=datetime(2026, 3, 5, tzinfo=UTC),
    source=ConfigSource.CACHED,
    theme_mode=ThemeMode.DARK,
    density=LayoutDensity.COMPACT,
    features=(FeatureState("export", visible=False), FeatureState("ö", highlighted=True)),
    navigation=("home", "boards"),
    shortcuts=("export",),
    difficulty=SkillLevel.ADVANCED,
    include=("news",),
    exclude=("tips",),
    recommendations=(Recommendation("import", 0.1 + 0.2, "others like it"),),
    parameters={"banner": {"text": ["a", 1, 2.5, None, True]}},
    decisions=(
        Decision(Slot("theme.mode"), RuleId("r1"), (LostAdaptation(RuleId("r2"), "lower priority"),), "control"),
        Decision(Slot("layout.density"), None),
    ),
    applied=(
        Applied(RuleId("r1"), 2, VariationKey("control"), probability=0.25, overridden=True),
        Applied(RuleId("r2"), 1, held_out=True, probability=0.1),
        Applied(RuleId("r3"), NO_RUN),
    ),
)
UNREADABLE = [b"", b"null", b"[]", b"7", b"\xff", b"{}", b'{"version": 1}', b'{"version": 1, "config": 3}']


@given(profile=profiles(NOW))
def test_a_profile_is_read_as_it_was_written(profile: Profile) -> None:
    assert profile_from_bytes(profile_to_bytes(profile)) == profile


@given(profile=profiles(NOW))
def test_a_history_is_read_as_it_was_written(profile: Profile) -> None:
    assert parse_history(orjson.loads(orjson.dumps(history_document(profile.history)))) == profile.history


@given(known=insights())
def test_insights_are_read_as_they_were_written(known: Insights) -> None:
    assert parse_insights(orjson.loads(orjson.dumps(insights_document(known)))) == known


def test_what_models_do_not_say_is_not_written() -> None:
    assert insights_document(Insights(NOW)) == {"computed_at": NOW}
    assert parse_insights(None) is None


@pytest.mark.parametrize("habits", [HABITS, Habits()])
def test_habits_are_read_as_they_were_written(habits: Habits) -> None:
    assert habits_from_bytes(habits_to_bytes(habits)) == habits


@pytest.mark.parametrize("stored", [*UNREADABLE, *(zlib.compress(document) for document in UNREADABLE)])
def test_what_are_no_habits_of_ours_are_folded_again(stored: bytes) -> None:
    assert habits_from_bytes(stored) is None


def test_habits_of_another_version_are_folded_again() -> None:
    version, *rest = orjson.loads(zlib.decompress(habits_to_bytes(HABITS)))
    other = zlib.compress(orjson.dumps([version + 1, *rest]))

    assert version == HABITS_DOCUMENT_VERSION
    assert habits_from_bytes(other) is None


@pytest.mark.parametrize("config", [CONFIG, Config("r0", NOW)])
def test_a_config_is_read_as_it_was_written(config: Config) -> None:
    assert config_from_bytes(config_to_bytes(config)) == config


@pytest.mark.parametrize("stored", UNREADABLE)
def test_what_is_no_document_of_ours_counts_as_missing(stored: bytes) -> None:
    assert profile_from_bytes(stored) is None
    assert config_from_bytes(stored) is None


def test_documents_of_another_version_count_as_missing() -> None:
    other_profile = {**orjson.loads(profile_to_bytes(build_profile())), "version": PROFILE_DOCUMENT_VERSION + 1}
    other_config = {**orjson.loads(config_to_bytes(CONFIG)), "version": CONFIG_DOCUMENT_VERSION + 1}

    assert profile_from_bytes(orjson.dumps(other_profile)) is None
    assert config_from_bytes(orjson.dumps(other_config)) is None


@given(garbage=st.binary(max_size=30))
def test_garbage_never_fails(garbage: bytes) -> None:
    assert profile_from_bytes(garbage) is None
    assert config_from_bytes(garbage) is None
    assert habits_from_bytes(garbage) is None
