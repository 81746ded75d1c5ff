"""Do the engine's profiles say what a log tells?"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.e2e.figures import PROFILE, Event, differences, figures_of, told_by
from tests.e2e.interactions import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.engines import Api

USER = f"query ($id: ID!) {{ user(id: $id) {{ profile {{ {PROFILE} }} }} }}"


def by_user(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Each user's own events, in the same order."""
    users: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        users[event.user].append(event)
    return users


async def disagreements(api: Api, events: Iterable[Event]) -> list[str]:
    """Where the profiles, folded, are not what all these events tell."""
    reader = api.as_service()
    found = []
    for user, own in by_user(events).items():
        await folded(reader, user, len(own))
        told = told_by((await reader.ask(USER, id=user))["user"]["profile"])
        found += [user + text for text in differences(figures_of(own, datetime.now(UTC)), told)]
    return found
