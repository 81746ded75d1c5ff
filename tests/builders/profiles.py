"""Profiles to test with: valid ones in which a test overrides only its point, and arbitrary ones for laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from domain.model.adaptations import LayoutDensity, ThemeMode
from domain.model.contexts import Context
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import FeatureHistory, History, Preferences, Profile, SessionSpan
from domain.model.segments import SegmentKey, SegmentMembership
from domain.model.skills import SkillLevel
from domain.model.users import PersonalizationChoice, UserId
from domain.rules.instants import DAY_SECONDS, SECOND_US, microseconds
from tests.builders.assignments import assignments
from tests.builders.insights import insights

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
"""A Wednesday."""

FEATURES = ("export", "import", "search")
SEGMENT_KEYS = ("power_user", "new_user", "mobile_first")
PLACES = ("dashboard", "login", "settings")
SECTIONS = ("home", "boards", "reports", "people")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")
"""Whole-hour, half-hour (Lord Howe) and quarter-hour offsets; with and without daylight saving."""

SHIFTS = (
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),  # Berlin, forward
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),  # Berlin, back
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),  # New York, forward
    datetime(2026, 11, 1, 6, 0, tzinfo=UTC),  # New York, back
    datetime(2026, 4, 4, 15, 0, tzinfo=UTC),  # Lord Howe, back by half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, forward by half an hour
)


def us_ago(**ago: float) -> int:
    """Microseconds since 1970 of a time before `NOW`, as `timedelta` counts it: `us_ago(days=2)`."""
    return microseconds(NOW - timedelta(**ago))


def seconds_ago(**ago: float) -> int:
    return us_ago(**ago) // SECOND_US


def build_history(**parts: Any) -> History:
    return History(**parts)


def build_profile(user_id: str = "u1", **parts: Any) -> Profile:
    return Profile(**{"user_id": UserId(user_id), "revision": 1, **parts})


def build_context(place: str = "dashboard", **parts: Any) -> Context:
    return Context(place=place, **parts)


def build_membership(segment: str, confidence: float = 0.9) -> SegmentMembership:
    return SegmentMembership(SegmentKey(segment), confidence, since=NOW - timedelta(days=1))


@cache
def instants() -> SearchStrategy[datetime]:
    """Instants within a year, most of them within days of a shift of some zone, many on the second."""
    near = st.builds(
        lambda shift, offset: shift + timedelta(seconds=offset),
        st.sampled_from(SHIFTS),
        st.integers(-3 * DAY_SECONDS, 3 * DAY_SECONDS) | st.integers(-2 * 3600, 2 * 3600).map(lambda s: s // 900 * 900),
    )
    anywhere = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
    return near | anywhere


def _ages_us(longest_days: int) -> SearchStrategy[int]:
    """Ages around whole days, where answers turn."""
    around = st.builds(
        lambda days, slip: days * DAY_SECONDS * SECOND_US + slip,
        st.integers(0, longest_days),
        st.sampled_from((-SECOND_US, -1, 0, 1, SECOND_US)),
    )
    return around | st.integers(-60 * SECOND_US, longest_days * DAY_SECONDS * SECOND_US)


@cache
def _histories() -> SearchStrategy[Callable[[int], History]]:
    """Histories as functions of now (in microseconds): made of ages, so that the strategy is built only once."""
    ages = _ages_us(95)
    sessions = st.lists(ages, max_size=6).map(lambda run: sorted(run, reverse=True))
    runs = st.lists(ages, max_size=6).map(lambda run: sorted(run, reverse=True))
    kinds = st.sampled_from((InteractionKind.FEATURE_USE, InteractionKind.CLICK))
    recent = st.dictionaries(kinds, st.dictionaries(st.sampled_from(("", *FEATURES)), runs, max_size=3), max_size=2)
    parts = st.fixed_dictionaries(
        {
            "counts": st.tuples(*(st.integers(0, 9) for _ in range(5))),
            "first": st.none() | ages,
            "last": st.none() | ages,
            "sessions": sessions,
            "features": st.dictionaries(st.sampled_from(FEATURES), st.tuples(st.integers(1, 10), ages), max_size=3),
            "sections": st.dictionaries(st.sampled_from(SECTIONS), st.integers(1, 9), max_size=4),
            "recent": recent,
        }
    )
    return parts.map(lambda drawn: partial(_aged_history, drawn))


def _aged_history(parts: dict[str, Any], now_us: int) -> History:
    interactions, conversions, micros, older_sessions, older_days = parts["counts"]
    return History(
        interactions=interactions,
        conversions=conversions,
        value_micros=micros * 1_500_000,
        first_seen_us=None if parts["first"] is None else now_us - parts["first"],
        last_seen_us=None if parts["last"] is None else now_us - parts["last"],
        older_sessions=older_sessions,
        sessions=tuple(SessionSpan(now_us - age, now_us - age + SECOND_US) for age in parts["sessions"]),
        older_days=older_days,
        features={
            key: FeatureHistory(uses, now_us - age - SECOND_US, now_us - age)
            for key, (uses, age) in parts["features"].items()
        },
        sections=parts["sections"],
        recent={
            kind: {target: tuple((now_us - age) // SECOND_US for age in run) for target, run in targets.items()}
            for kind, targets in parts["recent"].items()
        },
    )


@cache
def traits() -> SearchStrategy[dict[str, Any]]:
    values = st.none() | st.booleans() | st.integers(-3, 30) | st.sampled_from(("pro", "free", "7", "", "1.10.0"))
    return st.dictionaries(
        st.sampled_from(("plan", "age", "tags", "app")), values | st.lists(values, max_size=3), max_size=4
    )


def profiles(now: datetime) -> SearchStrategy[Profile]:
    """Profiles as a user could have one at `now`."""
    return _profiles().map(lambda profile_at: profile_at(microseconds(now)))


@cache
def _profiles() -> SearchStrategy[Callable[[int], Profile]]:
    memberships = st.dictionaries(st.sampled_from(SEGMENT_KEYS), st.sampled_from((0.05, 0.4, 0.5, 0.7, 1.0)))
    parts = st.fixed_dictionaries(
        {
            "user_id": st.text("abcé0-", min_size=1, max_size=8),
            "traits": traits(),
            "preferences": preferences(),
            "memberships": memberships.map(lambda drawn: tuple(build_membership(*item) for item in drawn.items())),
            "skill": st.sampled_from(SkillLevel),
            "choice": st.sampled_from((True, True, True, False)).map(PersonalizationChoice),
            "insights": st.none() | insights(),
            "assignments": assignments(),
        }
    )
    return st.builds(
        lambda drawn, history_at: lambda now_us: build_profile(**drawn, history=history_at(now_us)), parts, _histories()
    )


@cache
def preferences() -> SearchStrategy[Preferences]:
    return st.builds(
        Preferences,
        st.none() | st.sampled_from(ThemeMode),
        st.none() | st.sampled_from(LayoutDensity),
        st.none() | st.sampled_from(SkillLevel),
    )


@cache
def contexts() -> SearchStrategy[Context]:
    return st.builds(
        Context,
        place=st.sampled_from((*PLACES, "elsewhere")),
        device=st.none() | st.sampled_from(Device),
        time_zone=st.sampled_from(ZONES),
        attributes=traits(),
    )
