"""Are users counted, scaled up and sampled?"""

from __future__ import annotations

from domain.model.configs import Slot
from domain.model.previews import RulePreview, SlotChange
from domain.model.users import UserId
from domain.rules.previews.previews import NO_EFFECT, Effect
from domain.rules.previews.tallies import MAX_SAMPLE, Tally

THEME, EXPORT = Slot("theme.mode"), Slot("feature:export")
DARKER = Effect(applies=True, slots=frozenset({THEME}))
RICHER = Effect(applies=True, slots=frozenset({THEME, EXPORT}))
POORER = Effect(applies=False, slots=frozenset({EXPORT}))
OVERRULED = Effect(applies=True, slots=frozenset())


def tally_of(*effects: Effect) -> Tally:
    tally = Tally()
    for number, effect in enumerate(effects):
        tally.count(UserId(f"user-{number}"), effect)
    return tally


def test_of_nobody_there_is_nothing_to_say() -> None:
    assert Tally().preview(0) == RulePreview()


def test_everybody_is_counted_once_for_what_they_get_and_for_what_they_see() -> None:
    preview = tally_of(NO_EFFECT, DARKER, RICHER, RICHER, POORER, OVERRULED).preview(6)

    assert (preview.audience, preview.population, preview.sampled_users) == (4, 6, 6)
    assert preview.exact
    assert preview.changed_configs == 4
    assert preview.changed_slots == (SlotChange(EXPORT, 3), SlotChange(THEME, 3))
    assert set(preview.sample) == {"user-1", "user-2", "user-3", "user-5"}


def test_slots_that_more_users_see_come_first() -> None:
    preview = tally_of(RICHER, DARKER).preview(2)

    assert preview.changed_slots == (SlotChange(THEME, 2), SlotChange(EXPORT, 1))


def test_of_a_sample_the_counts_are_scaled_up_to_everybody() -> None:
    preview = tally_of(DARKER, RICHER, NO_EFFECT).preview(1_000)

    assert not preview.exact
    assert (preview.audience, preview.changed_configs, preview.sampled_users) == (667, 667, 3)
    assert preview.changed_slots == (SlotChange(THEME, 667), SlotChange(EXPORT, 333))


def test_the_sample_is_limited_and_the_same_in_whichever_order_users_are_counted() -> None:
    user_ids = [UserId(f"user-{number}") for number in range(5 * MAX_SAMPLE)]
    samples = []
    for order in (user_ids, user_ids[::-1], sorted(user_ids)):
        tally = Tally()
        for user_id in order:
            tally.count(user_id, DARKER)
        samples.append(tally.preview(len(user_ids)).sample)

    assert len(samples[0]) == len(set(samples[0])) == MAX_SAMPLE
    assert samples[0] == samples[1] == samples[2]
    assert samples[0] != tuple(user_ids[:MAX_SAMPLE])
