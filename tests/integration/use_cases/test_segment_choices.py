"""Does the whole engine see in which segments another variation does better than the best for everybody?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.segments import SegmentKey
from tests.builders.interactions import DAY, HOUR, interaction
from tests.builders.segments import build_segment
from tests.integration.use_cases.driving import ADMIN, Driven, key
from tests.integration.use_cases.test_experiments_from_end_to_end import (
    BOLD,
    CONTROL,
    TWO,
    buy,
    current,
    expose,
    started,
    users,
)
from tests.integration.use_cases.test_segment_changes import did_at_least

if TYPE_CHECKING:
    from domain.model.rules import Rule
    from domain.model.segment_choices import SegmentChoices

BUSY = SegmentKey("busy")


async def choices_of(engine: Driven, rule: Rule) -> SegmentChoices | None:
    return (await engine.use_cases.segment_choices([await current(engine, rule)]))[rule.id]


async def test_a_segment_that_prefers_what_the_others_do_not_is_told_with_its_gain(engine: Driven) -> None:
    await engine.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(2)), ADMIN)
    busy, calm = users(400, "busy"), users(600, "calm")
    await engine.track(
        *(interaction(engine.now(), user_id=one, key=key(number)) for one in busy for number in range(2)),
        *(interaction(engine.now(), user_id=one, key=key("once")) for one in calm),
    )
    await engine.fold()
    rule = await started(engine, TWO)
    variations = await expose(engine, rule, busy + calm)
    engine.clock.advance(HOUR)
    # Nine of ten buy where what they got suits them, one of ten where it does not.
    suited = [one for one in busy + calm if (variations[one] == BOLD) is (one in busy)]
    others = [one for one in busy + calm if one not in suited]
    await buy(engine, [one for number, one in enumerate(suited) if number % 10])
    await buy(engine, others[::10])
    await engine.fold()
    engine.clock.advance(4 * DAY)

    found = await choices_of(engine, rule)

    assert found is not None
    assert found.best == CONTROL
    (choice,) = [one for one in found.choices if one.segment == BUSY]
    assert (choice.variation, choice.users) == (BOLD, len(busy))
    assert 0.6 < choice.low < choice.difference < choice.high < 1
    assert "“bold” in busy by +" in found.text


async def test_before_the_start_there_is_nothing_to_choose_from_and_right_after_nothing_is_said(engine: Driven) -> None:
    planned = await engine.rule("planned", experiment=TWO)

    assert await choices_of(engine, planned) is None
    await engine.use_cases.start_experiment(planned.id, ADMIN)
    found = await choices_of(engine, planned)
    assert found is not None
    assert (found.best, found.compared, found.choices) == (None, 0, ())
    assert found.text.startswith("Too few users")


async def test_where_the_allocation_changed_users_are_compared_with_those_of_the_same_day(engine: Driven) -> None:
    """Others always prefer bold. Of busy users first nine of ten buy, then, when nine of ten get bold, one of ten."""
    await engine.use_cases.save_segment(build_segment(BUSY, condition=did_at_least(1)), ADMIN)
    rule = await started(engine, TWO)
    for name, shares, bought in (("early", (0.5, 0.5), 9), ("late", (0.1, 0.9), 1)):
        await engine.use_cases.suggest.bandits.writer.reallocate(await current(engine, rule), shares)
        busy, others = users(600, f"busy {name}"), users(600, f"other {name}")
        await engine.track(*(interaction(engine.now(), user_id=one, key=key(name)) for one in busy))
        await engine.fold()
        variations = await expose(engine, await current(engine, rule), busy + others)
        engine.clock.advance(HOUR)
        await buy(engine, [one for number, one in enumerate(busy) if number % 10 < bought])
        await buy(engine, [one for one in others if variations[one] == BOLD])
        await engine.fold()
        engine.clock.advance(DAY)

    found = await choices_of(engine, rule)

    assert found is not None
    assert (found.best, found.choices) == (BOLD, ())
    assert found.compared >= 1
    assert found.text.startswith("Personalising is worth nothing")
