"""Does every batch arrive exactly once, whatever happens to the engine or the network?"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from app.replay.batches import Batch
from app.replay.deliveries import Deliveries, Patience
from app.replay.engine import connected
from app.replay.refusals import LogRefused, ReplayStopped
from app.replay.tallies import Refusal, Tally
from tests.unit.replay.listeners import DROPPED, STORED, Answer, Listener, failed


@dataclass
class Time:
    """Passes only in pauses."""

    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def patience(self, jitter: float = 0.5) -> Patience:
        return Patience(clock=self.read, pause=self.pause, jitter=lambda: jitter)


def batch(first: int, count: int = 3) -> Batch:
    numbers = tuple(range(first, first + count))
    return Batch(numbers, tuple(orjson.dumps({"key": f"k{n}", "userId": "u", "value": n}) for n in numbers))


@asynccontextmanager
async def delivering(listener: Listener, time: Time | None = None, **options: Any) -> AsyncIterator[Deliveries]:
    in_flight = options.setdefault("in_flight", 1)
    async with listener.listening(), connected(listener.url, "t", in_flight) as engine:
        yield Deliveries(engine=engine, tally=Tally(), patience=(time or Time()).patience(), **options)


async def test_what_the_engine_stored_is_counted() -> None:
    listener = Listener()
    async with delivering(listener) as deliveries:
        await deliveries.deliver([batch(2), batch(5), batch(2)])
    tally = deliveries.tally
    assert (tally.accepted, tally.duplicates, tally.sent, tally.retries) == (6, 3, 9, 0)
    assert listener.tokens == {"bearer t"}
    assert not tally.unsettled


@pytest.mark.parametrize(
    "failure",
    [
        DROPPED,
        (503, {}),
        (500, None),
        (429, {}),
        failed("UNAVAILABLE"),
        failed("UNAVAILABLE", 503),
        failed("TIMEOUT", 503),
        failed("INTERNAL", 500),
    ],
)
async def test_a_failing_engine_is_asked_again_with_the_same_keys(failure: Answer) -> None:
    listener = Listener(script=[failure, failure])
    async with delivering(listener) as deliveries:
        await deliveries.deliver([batch(2)])
    assert listener.keys == [["k2", "k3", "k4"]] * 3
    assert (deliveries.tally.accepted, deliveries.tally.retries) == (3, 2)


@pytest.mark.parametrize("failure", [DROPPED, (503, {})])
async def test_a_batch_whose_answer_was_lost_is_not_counted_twice(failure: Answer) -> None:
    listener = Listener(script=[failure], stores_first=True)
    async with delivering(listener) as deliveries:
        await deliveries.deliver([batch(2)])
    assert len(listener.stored) == 3
    assert (deliveries.tally.accepted, deliveries.tally.duplicates) == (0, 3)


async def test_pauses_double_up_to_the_longest_one() -> None:
    time = Time()
    async with delivering(Listener(script=[(503, {})] * 7), time) as deliveries:
        await deliveries.deliver([batch(2)])
    assert time.pauses == pytest.approx([0.15, 0.3, 0.6, 1.2, 2.4, 3.75, 3.75])


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 0.1), (1.0, 0.2)])
def test_chance_decides_about_half_of_a_pause(jitter: float, seconds: float) -> None:
    assert Time().patience(jitter).pause_seconds(1) == pytest.approx(seconds)


async def test_an_engine_that_stays_away_is_given_up_in_bounded_time() -> None:
    time = Time()
    async with delivering(Listener(script=[(503, {})] * 1_000), time) as deliveries:
        with pytest.raises(ReplayStopped, match=r"cannot work now: HTTP status 503; gave up on line 5"):
            await deliveries.deliver([batch(5), batch(8)])
    assert 50 < time.now <= 60
    assert deliveries.tally.accepted == 0
    assert deliveries.tally.settled_line == 4


async def test_an_engine_that_is_not_there_is_given_up_with_a_clear_reason() -> None:
    listener = Listener()
    async with listener.listening():
        pass
    async with connected(listener.url, "t", 1) as engine:
        deliveries = Deliveries(engine=engine, tally=Tally(), patience=Time().patience())
        with pytest.raises(ReplayStopped, match="cannot be reached"):
            await deliveries.deliver([batch(2)])


async def test_elements_that_the_engine_refuses_are_taken_out_and_the_rest_is_sent() -> None:
    listener = Listener(refuse=lambda element: "odd" if element["value"] % 2 else None)  # it names two at a time
    async with delivering(listener) as deliveries:
        await deliveries.deliver([batch(2, 7), batch(9, 1)])
    tally = deliveries.tally
    assert sorted(element["value"] for element in listener.stored.values()) == [2, 4, 6, 8]
    assert (tally.accepted, tally.refused_by_engine, tally.sent) == (4, 4, 8)
    assert tally.refusals == [Refusal(line, "value: odd (WRONG)") for line in (3, 5, 7, 9)]


async def test_a_request_that_is_too_large_is_sent_in_parts() -> None:
    listener = Listener(most_elements=2)
    async with delivering(listener) as deliveries:
        await deliveries.deliver([batch(2, 7)])
    assert deliveries.tally.accepted == 7
    assert [len(keys) for keys in listener.keys] == [7, 3, 1, 2, 4, 2, 2]
    assert len(listener.stored) == 7


async def test_an_element_that_is_too_large_by_itself_is_refused() -> None:
    listener = Listener(most_elements=0)
    async with delivering(listener) as deliveries:
        await deliveries.deliver([batch(2, 2)])
    assert [refusal.line for refusal in deliveries.tally.refusals] == [2, 3]


async def test_a_strict_delivery_stops_at_the_first_element_refused() -> None:
    listener = Listener(refuse=lambda element: "odd" if element["value"] % 2 else None)
    async with delivering(listener, strict=True) as deliveries:
        with pytest.raises(ReplayStopped, match=r"line 3: value: odd"):
            await deliveries.deliver([batch(2), batch(5)])
    assert not listener.stored


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (failed("UNAUTHENTICATED", 401, "token expired"), "does not accept the token: token expired"),
        (failed("FORBIDDEN"), "has not the role service"),
        (failed("BAD_USER_INPUT", 400, "no\nsuch field"), "refuses the request: no such field"),
        ((404, None), "is the URL right"),
        ((STORED, {"data": {"other": 1}}), "is the URL right"),
        ((STORED, ["data"]), "is the URL right"),
        ((STORED, {"errors": [{"message": "x", "extensions": None}]}), "refuses the request: x"),
        (
            (
                STORED,
                {"data": {"trackInteractions": {"userErrors": [{"message": "full", "code": "X", "path": ["input"]}]}}},
            ),
            "refuses the batch: full",
        ),
    ],
)
async def test_what_trying_again_cannot_help_stops_the_replay_at_once(answer: Answer, reason: str) -> None:
    listener = Listener(script=[answer])
    async with delivering(listener) as deliveries:
        with pytest.raises(ReplayStopped, match=reason):
            await deliveries.deliver([batch(2), batch(5)])
    assert len(listener.requests) == 1


async def test_no_more_than_the_allowed_number_of_requests_is_in_flight() -> None:
    listener = Listener(gate=asyncio.Event())
    asked = 0

    def portions() -> Iterator[Batch]:
        nonlocal asked
        for first in range(2, 200, 3):
            asked += 1
            yield batch(first)

    async with delivering(listener, in_flight=4) as deliveries:
        sending = asyncio.ensure_future(deliveries.deliver(portions()))
        await listener.until_open(4)
        assert asked <= 5  # one more is read while all are on their way
        assert listener.gate is not None
        listener.gate.set()
        await sending
    assert listener.most_open_requests == 4
    assert deliveries.tally.accepted == 198


async def test_a_stopped_delivery_lets_arrive_what_is_on_its_way_and_begins_nothing() -> None:
    listener = Listener(gate=asyncio.Event())
    async with delivering(listener, in_flight=2) as deliveries:
        sending = asyncio.ensure_future(deliveries.deliver(batch(first) for first in range(2, 200, 3)))
        await listener.until_open(2)
        deliveries.stop()
        assert listener.gate is not None
        listener.gate.set()
        await sending
    assert len(listener.requests) == 2
    assert (deliveries.tally.accepted, deliveries.tally.settled_line) == (6, 7)


async def test_a_stopped_delivery_waits_for_no_further_try() -> None:
    paused = asyncio.Event()

    async def pause(_seconds: float) -> None:
        paused.set()
        await asyncio.get_running_loop().create_future()

    listener = Listener(script=[(503, {})] * 9)
    async with delivering(listener) as deliveries:
        deliveries.patience = Patience(pause=pause)
        sending = asyncio.ensure_future(deliveries.deliver([batch(2)]))
        await paused.wait()
        deliveries.stop()
        await sending
    assert (len(listener.requests), deliveries.tally.settled_line) == (1, 1)


async def test_a_log_that_ends_badly_is_told_after_everything_before_has_arrived() -> None:
    def damaged() -> Iterator[Batch]:
        yield batch(2)
        yield batch(5)
        raise LogRefused("cut off")

    listener = Listener(script=[(503, {})])
    async with delivering(listener, in_flight=4) as deliveries:
        with pytest.raises(LogRefused, match="cut off"):
            await deliveries.deliver(damaged())
    assert len(listener.stored) == 6


async def test_progress_is_told_after_every_settled_batch() -> None:
    told: list[int] = []
    on_progress: Callable[[], None] = lambda: told.append(deliveries.tally.sent)  # noqa: E731 - it reads what is bound later
    async with delivering(Listener(), on_progress=on_progress) as deliveries:
        await deliveries.deliver([batch(2), batch(5)])
    assert told == [3, 6]
