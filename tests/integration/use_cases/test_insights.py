"""Do insights come with folding, follow the models in use, and go when the user says so?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.model.catalogues import Catalogue, CatalogueItem
from domain.model.conditions import ChurnRiskWithin, InSegment
from domain.model.insights import ModelTask, ModelVersion, RecommendedFeature
from domain.model.profiles import Preferences
from domain.model.ranges import Range
from domain.model.segments import Segment, SegmentKey, SegmentKind
from domain.model.users import UserId
from domain.rules.decisions import default_config
from domain.use_cases.profiles import USERS_PER_UNIT_OF_WORK, PreferencesChange
from persistence.postgres.engine import create_engine
from tests.builders.interactions import DAY, interaction
from tests.builders.tiny_models import TINY_KINDS, TINY_MODELS, TinyChurn, TinyPrior, tiny_artifact
from tests.integration.use_cases.driving import ADMIN, HERE, Driven, driving, key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.settings import Settings
    from domain.model.insights import Insights
    from prediction.serving.kinds import Batch
    from tests.fakes.clocks import ManualClock

ADA, GRACE = UserId("ada"), UserId("grace")
CHURN = ModelTask.CHURN
AT_RISK = ChurnRiskWithin(Range(gte=0.5))
NO_PREFERENCES = PreferencesChange(Preferences(), frozenset())


@pytest.fixture
async def engine(engine_settings: Settings, clock: ManualClock) -> AsyncIterator[Driven]:
    """An engine that can read tiny models."""
    async with driving(engine_settings, clock, dict(TINY_KINDS)) as driven:
        yield driven


async def was_here(engine: Driven, *user_ids: UserId, days_ago: int = 10, name: object = "k") -> None:
    at = engine.now() - days_ago * DAY
    await engine.track(*(interaction(at, user_id=user_id, key=key(name)) for user_id in user_ids))


async def insights_of(engine: Driven, user_id: str = ADA) -> Insights | None:
    return (await engine.profile(user_id)).insights


async def risk_of(engine: Driven, user_id: str = ADA) -> float | None:
    insights = await insights_of(engine, user_id)
    return None if insights is None or insights.churn is None else insights.churn.risk


async def choose(engine: Driven, *, enabled: bool = True, use_of_models: bool = True) -> None:
    await engine.use_cases.set_personalization(ADA, enabled=enabled, use_of_models=use_of_models)


async def test_folding_brings_insights_with_the_signals_they_were_made_from(engine: Driven) -> None:
    revision = await engine.put_in_use(*map(tiny_artifact, TINY_MODELS))
    await was_here(engine, ADA)
    await engine.fold()

    insights, stored = await insights_of(engine), await engine.stored(ADA)
    assert insights is not None
    assert insights.computed_at == engine.now()
    assert insights.churn is not None
    assert (insights.churn.risk, insights.churn.model) == (0.5, "v1")
    assert insights.lifetime_value is not None
    assert insights.next_actions
    assert insights.recommendations
    assert insights.outlook
    assert stored.scored_by == revision
    (factors,) = engine.use_cases.models.known.factors(CHURN, ModelVersion("v1"), [stored.signals])
    assert [factor.value for factor in factors] == ["10 days"]


async def test_without_models_there_are_no_insights(engine: Driven) -> None:
    await was_here(engine, ADA)
    await engine.fold()

    assert await insights_of(engine) is None
    assert (await engine.stored(ADA)).signals == b""


async def test_when_models_come_into_use_everybody_is_scored_a_few_at_a_time(engine: Driven) -> None:
    users = [UserId(f"user-{number}") for number in range(USERS_PER_UNIT_OF_WORK + 10)]
    await was_here(engine, *users)
    await engine.fold()
    await engine.put_in_use(tiny_artifact())
    fold = engine.engine.worker.fold

    assert [await fold(), await fold(), await fold()] == [USERS_PER_UNIT_OF_WORK, 10, 0]
    assert {await risk_of(engine, user_id) for user_id in users} == {0.5}


async def test_another_model_scores_everybody_again_and_says_which_it_is(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    before = await engine.profile(ADA)
    await engine.put_in_use(tiny_artifact(version="v2", model=TinyChurn(slope=0.3)))
    await engine.fold()

    after = await engine.profile(ADA)
    assert after.revision == before.revision + 1
    assert after.insights is not None
    assert after.insights.churn is not None
    assert after.insights.churn.model == "v2"
    assert after.insights.churn.risk > 0.7


async def test_a_model_of_other_signals_is_refused_and_the_one_before_goes_on(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    await engine.put_in_use(tiny_artifact(version="v2", signals_version="another"))
    with capture_logs() as logs:
        await engine.fold()

    assert "model_refused" in {entry["event"] for entry in logs}
    assert await risk_of(engine) == 0.5


async def test_predictions_move_with_time_and_are_told(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    before = await engine.profile(ADA)
    engine.clock.advance(DAY)
    await engine.fold()

    after = await engine.profile(ADA)
    assert after.revision == before.revision + 1
    risk = await risk_of(engine)
    assert risk is not None
    assert risk == pytest.approx(0.549834, abs=1e-6)


async def test_what_hardly_moves_is_no_news_and_keeps_the_signals_it_was_made_from(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact(model=TinyChurn(slope=0.000_01)))
    await was_here(engine, ADA, days_ago=60)
    await engine.fold()
    engine.clock.advance(DAY)  # the confidences of segments change for the last time
    await engine.fold()
    before, signals = await engine.profile(ADA), (await engine.stored(ADA)).signals
    engine.clock.advance(DAY)
    await engine.fold()

    assert await engine.profile(ADA) == before
    assert (await engine.stored(ADA)).signals == signals


async def test_a_click_that_hardly_changes_what_is_suggested_pushes_nothing(engine: Driven) -> None:
    def slightly_less(model: TinyPrior, _: ModelVersion, batch: Batch) -> Any:
        """A thousandth for every interaction."""
        counts = [one.profile.history.interactions for one in batch.subjects]
        return [(RecommendedFeature("import", model.number - count / 1_000, "."),) for count in counts]

    kinds = engine.engine.adapters.kinds
    assert isinstance(kinds, dict)
    kinds[ModelTask.RECOMMENDATION] = replace(kinds[ModelTask.RECOMMENDATION], say=slightly_less)
    await engine.put_in_use(tiny_artifact(), tiny_artifact(ModelTask.RECOMMENDATION))
    await was_here(engine, ADA)
    await engine.fold()
    before, signals = await engine.config(ADA), (await engine.stored(ADA)).signals
    assert [hint.score for hint in before.recommendations] == [0.749]
    await was_here(engine, ADA, days_ago=5, name="again")
    await engine.fold()

    stored = await engine.stored(ADA)
    assert stored.profile.history.interactions == 2
    assert (await engine.config(ADA)).revision == before.revision
    assert await risk_of(engine) == pytest.approx(0.268941, abs=1e-6)
    assert stored.signals != signals  # they explain the new risk


async def test_who_does_not_allow_models_loses_all_insights_at_once(engine: Driven) -> None:
    await engine.put_in_use(*map(tiny_artifact, TINY_MODELS))
    await engine.rule("stay", condition=AT_RISK)
    await was_here(engine, ADA)
    await engine.fold()
    page = engine.open_page(ADA)
    scored = (await page.next()).config
    assert [hint.feature for hint in scored.recommendations] == ["import", "search"]
    page.read()

    await choose(engine, use_of_models=False)

    pushed = (await page.next()).config
    default = default_config(engine.use_cases.rules.known.rule_set.catalogue, HERE.place, engine.now())
    assert pushed.revision == default.revision
    assert await insights_of(engine) is None
    assert (await engine.stored(ADA)).signals == b""


async def test_who_does_not_allow_models_is_not_scored_whatever_happens(engine: Driven) -> None:
    await choose(engine, use_of_models=False)
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    assert await insights_of(engine) is None

    await engine.use_cases.recompute_profile(ADA)
    await engine.put_in_use(tiny_artifact(version="v2"))
    engine.clock.advance(DAY)
    await engine.fold()
    assert await insights_of(engine) is None
    assert await engine.engine.worker.fold() == 0


async def test_allowing_models_again_brings_insights_with_the_next_scoring(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    await choose(engine, use_of_models=False)
    await choose(engine)
    assert await insights_of(engine) is None

    await engine.fold()

    assert await risk_of(engine) == 0.5


async def test_opting_out_of_everything_ends_insights_and_coming_back_brings_them(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    await choose(engine, enabled=False)
    await engine.fold()
    assert await insights_of(engine) is None
    assert (await engine.stored(ADA)).signals == b""

    await choose(engine)
    await engine.fold()
    assert await risk_of(engine) == 0.5


async def test_nothing_of_an_erased_user_is_left(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    await engine.use_cases.erase_user(ADA)

    async with engine.use_cases.begin() as work:
        assert await work.profiles.signals_of([ADA]) == {}
        assert await work.profiles.of_users([ADA]) == {}
    assert await engine.cache.get(ADA) is None


async def test_a_rule_for_those_at_risk_is_pushed_when_somebody_is(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA, days_ago=9)
    await engine.fold()
    await engine.rule("stay", condition=AT_RISK)
    page = engine.open_page(ADA)
    assert (await page.next()).config.theme_mode == "SYSTEM"
    page.read()

    engine.clock.advance(2 * DAY)
    await engine.fold()

    assert (await page.next()).config.theme_mode == "DARK"


async def test_segments_may_be_made_of_predictions(engine: Driven) -> None:
    key = SegmentKey("leaving")
    await engine.use_cases.save_segment(Segment(key, "Leaving", "", SegmentKind.CONDITION, AT_RISK), ADMIN)
    await engine.rule("stay", condition=InSegment((key,)))
    await was_here(engine, ADA)
    await engine.fold()
    assert (await engine.config(ADA)).theme_mode == "SYSTEM"

    await engine.put_in_use(tiny_artifact())
    await engine.fold()

    assert (await engine.config(ADA)).theme_mode == "DARK"


async def test_recomputing_scores_with_the_newest_models(engine: Driven) -> None:
    await was_here(engine, ADA)
    await engine.fold()
    await engine.put_in_use(tiny_artifact())

    profile = await engine.use_cases.recompute_profile(ADA)

    assert profile.insights is not None
    assert profile.insights.churn is not None


async def test_declaring_something_keeps_what_models_said(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    before = await engine.stored(ADA)
    await engine.use_cases.update_profile(ADA, {"plan": "pro"}, NO_PREFERENCES)

    after = await engine.stored(ADA)
    assert after.profile.insights == before.profile.insights
    assert (after.signals, after.scored_by, after.habits) == (before.signals, before.scored_by, before.habits)


async def test_a_profile_from_before_there_were_habits_is_folded_from_scratch(engine: Driven) -> None:
    await was_here(engine, ADA, days_ago=12, name="first")
    await engine.fold()
    folded = await engine.stored(ADA)
    await forget_habits(engine)
    assert (await engine.stored(ADA)).habits is None
    await was_here(engine, ADA, days_ago=11, name="second")
    await engine.fold()

    stored = await engine.stored(ADA)
    assert stored.habits is not None
    assert folded.habits is not None
    assert sum(stored.habits.days.interactions) == 2
    assert sum(folded.habits.days.interactions) == 1


async def forget_habits(engine: Driven) -> None:
    """As a release left profiles that knew of none."""
    await run(engine, "UPDATE profiles SET habits = NULL")


async def run(engine: Driven, statement: str) -> None:
    assert engine.settings.database_url is not None
    database = create_engine(engine.settings.database_url, pool_size=1)
    async with database.begin() as connection:
        await connection.execute(text(statement))
    await database.dispose()


async def test_a_model_that_fails_holds_up_nobody(engine_settings: Settings, clock: ManualClock) -> None:
    def fails(*_: object) -> Any:
        raise ZeroDivisionError

    kinds = {**TINY_KINDS, CHURN: replace(TINY_KINDS[CHURN], say=fails)}
    async with driving(engine_settings, clock, kinds) as engine:
        await engine.put_in_use(tiny_artifact(), tiny_artifact(ModelTask.SEGMENTS))
        await was_here(engine, ADA, GRACE)
        with capture_logs() as logs:
            await engine.fold()

        assert "model_failed" in {entry["event"] for entry in logs}
        for user_id in (ADA, GRACE):
            insights = await insights_of(engine, user_id)
            assert insights is not None
            assert insights.churn is None
            assert insights.outlook


async def test_a_registry_that_cannot_be_read_holds_up_nobody(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA)
    await engine.fold()
    await engine.put_in_use(tiny_artifact(version="v2"))
    await was_here(engine, ADA, days_ago=9, name="later")
    await run(engine, "ALTER TABLE trained_models RENAME TO locked_away")
    try:
        with capture_logs() as logs:
            await engine.fold()
    finally:
        await run(engine, "ALTER TABLE locked_away RENAME TO trained_models")

    assert "models_cannot_be_read" in {entry["event"] for entry in logs}
    assert (await engine.profile(ADA)).history.interactions == 2
    assert await risk_of(engine) == pytest.approx(0.450166, abs=1e-6)


async def test_models_are_told_what_the_catalogue_offers(engine: Driven) -> None:
    def whatever_is_offered(_: TinyPrior, __: ModelVersion, batch: Batch) -> Any:
        return [tuple(RecommendedFeature(key, 0.5, ".") for key in sorted(batch.offered))] * len(batch.subjects)

    kinds = engine.engine.adapters.kinds
    assert isinstance(kinds, dict)
    kinds[ModelTask.RECOMMENDATION] = replace(kinds[ModelTask.RECOMMENDATION], say=whatever_is_offered)
    await engine.put_in_use(tiny_artifact(ModelTask.RECOMMENDATION))
    offered = Catalogue(features=tuple(CatalogueItem(key, key) for key in ("export", "chart")))
    await engine.use_cases.save_catalogue(offered, ADMIN)
    await was_here(engine, ADA)
    await engine.fold()

    assert [hint.feature for hint in (await engine.config(ADA)).recommendations] == ["chart", "export"]


async def test_suggestions_are_pushed_and_a_rules_own_come_first(engine: Driven) -> None:
    await was_here(engine, ADA)
    await engine.fold()
    page = engine.open_page(ADA)
    await page.next()
    page.read()
    await engine.put_in_use(tiny_artifact(ModelTask.RECOMMENDATION, model=TinyPrior(0.75, ("import",))))
    await engine.fold()

    update = await page.next()
    assert [hint.feature for hint in update.config.recommendations] == ["import"]
    assert update.changed_slots == ("recommendation:import",)


async def test_signals_are_only_told_with_insights(engine: Driven) -> None:
    await engine.put_in_use(tiny_artifact())
    await was_here(engine, ADA, GRACE)
    await engine.fold()
    await choose(engine, use_of_models=False)

    async with engine.use_cases.begin() as work:
        assert set(await work.profiles.signals_of([ADA, GRACE])) == {GRACE}
