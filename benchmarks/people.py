"""Whom are previews measured with? Users like real ones, made by folding what they could have done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson

from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind
from domain.model.profiles import Profile
from domain.model.users import UserId
from domain.rules.assessments import assess_profile
from domain.rules.profiles import fold_from_scratch
from persistence.documents.profiles import history_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    import asyncpg

DIFFERENT_USERS = 4_000
"""So many are folded; the others did the same at other times."""

FEATURES = tuple(f"feature_{number:02}" for number in range(30))
SECTIONS = ("home", "board", "reports", "people", "billing", "help")
TAGS = ("news", "tips", "sport", "culture", "science", "travel")
PLANS = ("free", "free", "free", "pro", "team")
_KINDS = (InteractionKind.PAGE_VIEW,) * 4 + (InteractionKind.FEATURE_USE,) * 5 + (InteractionKind.CLICK,) * 3
_RARE_KINDS = (
    InteractionKind.CONTENT_VIEW,
    InteractionKind.SEARCH,
    InteractionKind.CONVERSION,
    InteractionKind.DISMISS,
)
_PROFILE_COLUMNS = (
    "user_id",
    "revision",
    "traits",
    "history",
    "skill",
    "last_seen_at",
    "computed_at",
    "segments_revision",
)
_MEMBERSHIP_COLUMNS = ("user_id", "segment_key", "confidence", "since", "source")


def people(random: Random, now: datetime) -> Iterator[Profile]:
    """Any number of assessed profiles, 20 to 300 interactions each, all seen within the last 30 days."""
    documents = [_profile(random, UserId(f"like-{number}"), now) for number in range(DIFFERENT_USERS)]
    for number in count():
        like = documents[number % DIFFERENT_USERS]
        yield replace(like, user_id=UserId(f"user-{number:07}"), traits=_traits(random))


def _traits(random: Random) -> dict[str, Any]:
    traits: dict[str, Any] = {"plan": random.choice(PLANS), "seats": random.randrange(1, 40), "locale": "en"}
    return traits | ({"beta": True} if random.random() < 0.1 else {})


def _profile(random: Random, user_id: UserId, now: datetime) -> Profile:
    history = fold_from_scratch(_interactions(random, user_id, now))
    profile = Profile(user_id, revision=1, history=history, computed_at=now)
    assessment = assess_profile(profile, (), now)
    return replace(profile, skill=assessment.skill, memberships=assessment.memberships)


def _interactions(random: Random, user_id: UserId, now: datetime) -> Iterable[Interaction]:
    device = random.choice((Device.DESKTOP, Device.DESKTOP, Device.MOBILE, Device.TABLET))
    favourites = random.sample(FEATURES, random.randrange(3, 15))
    numbers = count()
    last = random.random() * 25
    sessions = sorted({last, *(min(last + random.expovariate(1 / 30), 200) for _ in range(random.randrange(3, 40)))})
    for days_ago in reversed(sessions):
        start = now - timedelta(days=days_ago, hours=1)
        for step in range(random.randrange(4, 12)):
            kind = random.choice(_KINDS if random.random() < 0.85 else _RARE_KINDS)
            yield Interaction(
                key=InteractionKey(str(next(numbers))),
                user_id=user_id,
                kind=kind,
                occurred_at=(start + timedelta(seconds=step * random.randrange(5, 300))).astimezone(UTC),
                target=random.choice(favourites if kind is InteractionKind.FEATURE_USE else FEATURES[:10]),
                section=random.choice(SECTIONS),
                tags=(random.choice(TAGS),) if kind is InteractionKind.CONTENT_VIEW else (),
                device=device if random.random() < 0.8 else random.choice(tuple(Device)),
                value=9.5 if kind is InteractionKind.CONVERSION else None,
            )


async def settle_down(connection: asyncpg.Connection[Any], everybody: Iterable[Profile]) -> None:
    """Store them as the engine does, at once."""
    known = list(everybody)
    await connection.copy_records_to_table("users", columns=("user_id",), records=((p.user_id,) for p in known))
    await connection.copy_records_to_table(
        "profiles", columns=_PROFILE_COLUMNS, records=(_profile_row(p) for p in known)
    )
    memberships = ((p.user_id, m.segment, m.confidence, m.since, m.source) for p in known for m in p.memberships)
    await connection.copy_records_to_table("segment_memberships", columns=_MEMBERSHIP_COLUMNS, records=memberships)
    await connection.execute("VACUUM ANALYZE profiles, users, segment_memberships")


def _profile_row(profile: Profile) -> tuple[object, ...]:
    last_seen_us = profile.history.last_seen_us or 0
    return (
        profile.user_id,
        profile.revision,
        orjson.dumps(profile.traits).decode(),
        orjson.dumps(history_document(profile.history)).decode(),
        profile.skill,
        datetime.fromtimestamp(last_seen_us / 1e6, UTC),
        profile.computed_at,
        1,
    )
