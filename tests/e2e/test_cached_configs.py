"""How long may the same config be served again? Never past the instant at which the clock changes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.e2e.rules import DARK, active_rule
from tests.engines import unique
from tests.faults.stores import config_at

if TYPE_CHECKING:
    from tests.engines import Api


async def test_a_cached_config_is_not_served_to_a_request_made_after_it_ceased_to_hold(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    ends = datetime.now(UTC) + timedelta(seconds=1)
    await active_rule(api.as_admin(), place, DARK, schedule={"endsAt": ends.isoformat()})
    sources, asked_at = set(), datetime.now(UTC)
    while asked_at < ends:
        config = await config_at(user, place)
        sources.add(config["source"])
        if datetime.now(UTC) < ends:
            assert config["theme"]["mode"] == "DARK"
            assert datetime.fromisoformat(config["holdsUntil"]) == ends
        asked_at = datetime.now(UTC)
    after = await config_at(user, place)
    assert (after["theme"]["mode"], after["holdsUntil"]) == ("SYSTEM", None)
    assert sources == {"DECIDED", "CACHED"}


async def test_whoever_asks_gets_the_same_revision_as_long_as_nothing_changes(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    rule = await active_rule(api.as_admin(), place, DARK)
    first, again = await config_at(user, place), await config_at(user, place)
    assert first["revision"] == again["revision"]
    assert (first["source"], again["source"]) == ("DECIDED", "CACHED")
    await rule.pause()
    changed = await config_at(user, place)
    assert (changed["source"], changed["theme"]["mode"]) == ("DECIDED", "SYSTEM")
    await rule.activate()
    assert (await config_at(user, place))["revision"] == first["revision"]
