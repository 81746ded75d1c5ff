"""What is known of a user now? Read from this process, else from the database, and while that is away from a cache."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.users import UserId
    from domain.ports.profiles import ProfileCache, ProfileReads
    from domain.ports.units_of_work import UnitsOfWork

MAX_PROFILES_AT_HAND = 10_000


class CurrentProfiles:
    """Profiles at hand are trusted only while news of changes arrives (`in_sync`).

    `heard` revisions guard against a slower cache: nothing older than what was heard of is ever answered. What is not
    trusted stays at hand nevertheless, as the last that was known.
    """

    def __init__(self, begin: UnitsOfWork, reads: ProfileReads, cache: ProfileCache) -> None:
        self._begin = begin
        self._reads = reads
        self._cache = cache
        self._at_hand: OrderedDict[UserId, Profile] = OrderedDict()
        self._trusted: set[UserId] = set()
        self._heard: OrderedDict[UserId, int] = OrderedDict()
        self._loading: dict[UserId, asyncio.Task[Profile]] = {}
        self._sharing: set[asyncio.Task[None]] = set()
        self._turns = 0
        self.in_sync = False

    async def get(self, user_id: UserId) -> Profile:
        """The profile; one of revision 0 when nothing is known. Raises `Unavailable`."""
        at_hand = self.trusted(user_id)
        if at_hand is not None:
            return at_hand
        task = self._loading.get(user_id)
        if task is None:
            task = asyncio.create_task(self._load(user_id))
            self._loading[user_id] = task
            task.add_done_callback(lambda done: self._loaded(user_id, done))
        return await asyncio.shield(task)

    async def get_many(self, user_ids: Sequence[UserId]) -> list[Profile]:
        """Like `get`, in the same order, in one statement for all that are not at hand."""
        found = {u: self._at_hand[u] for u in user_ids if self._trusts(u)}
        missing = [u for u in dict.fromkeys(user_ids) if u not in found]
        if missing:
            found |= await self._read(missing)
        return [found[u] for u in user_ids]

    def trusted(self, user_id: UserId) -> Profile | None:
        """What `get` would answer without asking anybody."""
        if not self._trusts(user_id):
            return None
        self._at_hand.move_to_end(user_id)
        return self._at_hand[user_id]

    def at_hand(self, user_id: UserId) -> Profile | None:
        """The last profile seen here, however old: for when no store answers."""
        return self._at_hand.get(user_id)

    def heard(self, user_id: UserId, revision: int) -> None:
        """The profile has this revision now: older ones count no more."""
        self._heard[user_id] = max(revision, self._heard.pop(user_id, 0))
        if len(self._heard) > MAX_PROFILES_AT_HAND:
            self._heard.popitem(last=False)
        self._loading.pop(user_id, None)  # may have read the older revision: who asks from now on reads again
        profile = self._at_hand.get(user_id)
        if profile is not None and profile.revision < revision:
            self._trusted.discard(user_id)

    async def share(self, profiles: Sequence[Profile]) -> None:
        """Profiles just made durable here: this process knows of them, and whoever hears of them finds them."""
        for profile in profiles:
            self.heard(profile.user_id, profile.revision)
        await asyncio.shield(self._begin_put(profiles))

    def drop(self, user_id: UserId) -> None:
        """Keep nothing of the user in this process, not even for when no store answers."""
        self._turns += 1
        self._at_hand.pop(user_id, None)
        self._trusted.discard(user_id)
        self._heard.pop(user_id, None)

    async def forget(self, user_id: UserId) -> None:
        """The user was erased: keep nothing, neither here nor in the cache."""
        self.drop(user_id)
        loading = self._loading.pop(user_id, None)
        # What this process began to write before it heard of it must not arrive in the cache afterwards.
        if unfinished := {*self._sharing, *([loading] if loading is not None else ())}:
            await asyncio.wait(unfinished)
        await self._cache.forget(user_id)

    def distrust(self) -> None:
        """News may have been missed: everything at hand is read again before it is used."""
        self.in_sync = False

    def resynchronise(self) -> None:
        """From now on no news is missed: start afresh. What is being read now may be older than what was missed."""
        self._turns += 1
        self._trusted.clear()
        self._loading.clear()
        self.in_sync = True

    def _trusts(self, user_id: UserId) -> bool:
        return self.in_sync and user_id in self._trusted

    def _take(self, profile: Profile, turn: int) -> None:
        """Keep a profile whose reading began at `turn`, unless something newer, or its end, was heard of since."""
        user_id = profile.user_id
        if turn != self._turns or profile.revision < self._heard.get(user_id, 0):
            return
        if user_id not in self._trusted or self._at_hand[user_id].revision <= profile.revision:
            self._at_hand[user_id] = profile
            self._at_hand.move_to_end(user_id)
            self._trusted.add(user_id)
        if len(self._at_hand) > MAX_PROFILES_AT_HAND:
            self._trusted.discard(self._at_hand.popitem(last=False)[0])

    def _loaded(self, user_id: UserId, done: asyncio.Task[Profile]) -> None:
        if self._loading.get(user_id) is done:
            del self._loading[user_id]
        if not done.cancelled():
            done.exception()  # who waited for it may have gone away meanwhile

    async def _load(self, user_id: UserId) -> Profile:
        turn = self._turns
        try:
            profile = await self._reads.of_user(user_id) or Profile(user_id)
        except Unavailable:
            cached = await self._cache.get(user_id) if self.in_sync else None
            if cached is None or cached.revision < self._heard.get(user_id, 0):
                raise
            profile = cached
        self._take(profile, turn)
        return profile

    async def _read(self, user_ids: Sequence[UserId]) -> dict[UserId, Profile]:
        turn = self._turns
        async with self._begin() as work:
            stored = await work.profiles.of_users(user_ids)
        profiles = {u: stored.get(u) or Profile(u) for u in user_ids}
        for profile in profiles.values():
            self._take(profile, turn)
        return profiles

    def _begin_put(self, profiles: Sequence[Profile]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._put(profiles))
        self._sharing.add(task)
        task.add_done_callback(self._sharing.discard)
        return task

    async def _put(self, profiles: Sequence[Profile]) -> None:
        await self._cache.put(*profiles)
