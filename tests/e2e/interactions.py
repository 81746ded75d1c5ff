"""How do tests say what users did, and wait until the engine knows it?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.engines import unique

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.engines import Speaker

TRACK = """
mutation ($input: [InteractionInput!]!) {
  trackInteractions(input: $input) { accepted duplicates ignored userErrors { code path message } }
}
"""
CHANGES = "subscription ($id: ID!) { profileUpdated(userId: $id) { profile { activity { interactions } } } }"
COUNT = "query ($id: ID!) { user(id: $id) { profile { activity { interactions } } } }"


def click(user_id: str, **rest: Any) -> dict[str, Any]:
    """A click, just now."""
    given = {"key": unique("key"), "userId": user_id, "kind": "CLICK", "occurredAt": datetime.now(UTC).isoformat()}
    return {**given, **rest}


async def track(speaker: Speaker, interactions: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """How many were accepted, and how many were known already."""
    outcome = (await speaker.ask(TRACK, input=list(interactions)))["trackInteractions"]
    assert not outcome["userErrors"], outcome
    return outcome["accepted"], outcome["duplicates"]


async def folded(reader: Speaker, user_id: str, interactions: int) -> None:
    """Return when the user's profile knows of exactly so many interactions; `reader` may read and follow others."""
    async with reader.connection() as socket:
        # Asked on the socket that already follows: what the answer does not hold yet comes as a change.
        await socket.follow(CHANGES, id=user_id)
        await socket.follow(COUNT, id=user_id)
        known = -1
        while known < interactions:
            message = await socket.receive()
            if message["type"] == "next":
                known = _known(message["payload"]["data"])
        assert known == interactions


def _known(data: dict[str, Any]) -> int:
    holder = data.get("profileUpdated") or data["user"]
    return holder["profile"]["activity"]["interactions"] if holder["profile"] else 0
