"""Do the names under which things are kept tell anything, and does everything kept expire?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.configs import Config
from domain.model.contexts import Context
from domain.model.interactions import Device
from domain.model.news import UserErased
from domain.model.profiles import Profile
from domain.model.users import UserId
from domain.ports.counters import Counter
from persistence.redis.configs import CONTEXTS_PER_USER, RedisConfigCache
from persistence.redis.counters import RedisCounters
from persistence.redis.keys import PREFIX, Keys
from persistence.redis.profiles import RedisProfileCache

if TYPE_CHECKING:
    from persistence.redis.buses import RedisBus
    from persistence.redis.connections import RedisConnections
    from tests.fakes.clocks import ManualClock

pytest_plugins = ("tests.integration.redis.servers",)

ADA = UserId("ada@example.org")
SECRETS = (ADA, "dashboard", "Europe/Berlin", "salary", "MOBILE")
CONTEXTS = [
    Context("dashboard", Device.MOBILE, "Europe/Berlin", {"salary": number}) for number in range(CONTEXTS_PER_USER + 2)
]
attributes = st.dictionaries(
    st.text(max_size=5), st.recursive(st.integers() | st.text(max_size=5), st.lists, max_leaves=5)
)


@pytest.fixture
async def client(connections: RedisConnections, redis_bus: RedisBus, keys: Keys, clock: ManualClock) -> None:
    """Everything that this engine ever keeps in Redis, kept."""
    counters = RedisCounters(connections, keys, clock)
    profiles = RedisProfileCache(connections, keys)
    configs = RedisConfigCache(connections, keys)
    for counter in Counter:
        counters.add(counter)
    await counters.flush()
    await profiles.put(Profile(ADA, revision=2))
    await profiles.put(Profile(ADA, revision=1))
    for context in CONTEXTS:
        await configs.remember((ADA, context, Config("r1", datetime(2026, 11, 23, tzinfo=UTC))))
    await redis_bus.publish(UserErased(ADA))


@pytest.mark.usefixtures("client")
async def test_everything_kept_expires(connections: RedisConnections) -> None:
    names = [name async for name in connections.client.scan_iter()]

    assert len(names) == 3
    assert [name for name in names if await connections.client.pttl(name) <= 0] == []


@pytest.mark.usefixtures("client")
async def test_no_name_shows_an_id_or_anything_of_a_context(connections: RedisConnections) -> None:
    names = [name.decode() async for name in connections.client.scan_iter()]
    fields = [str(field) for name in names for field in await connections.client.hkeys(name)]

    assert all(name.startswith(PREFIX) for name in names)
    assert [text for text in [*names, *fields] if any(secret in text for secret in SECRETS)] == []


def test_names_depend_on_the_secret() -> None:
    ours, theirs = Keys(b"ours"), Keys(b"theirs")

    assert ours.profile(ADA) != theirs.profile(ADA)
    assert ours.configs(ADA) != theirs.configs(ADA)
    assert ours.context(CONTEXTS[0]) != theirs.context(CONTEXTS[0])


def test_names_are_the_same_in_every_process_with_the_secret() -> None:
    assert Keys(b"secret").profile(ADA) == Keys(b"secret").profile(ADA)


def test_without_a_secret_there_are_no_names() -> None:
    with pytest.raises(ValueError, match="secret"):
        Keys(b"")


@given(attributes=attributes)
def test_equal_contexts_have_equal_names_however_their_attributes_are_ordered(attributes: dict[str, object]) -> None:
    keys = Keys(b"secret")
    turned = dict(reversed(attributes.items()))

    first = keys.context(Context("dashboard", attributes=attributes))  # type: ignore[arg-type]  # JSON, as generated
    assert keys.context(Context("dashboard", attributes=turned)) == first  # type: ignore[arg-type]  # JSON, as generated
    assert len(first) == 33
