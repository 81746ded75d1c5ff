"""Do predictions come to users, their configs and whoever looks after them, and only while users allow it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.embedded.postgres import Durability
from app.embedded.services import start_embedded
from app.settings import load_settings
from domain.model.insights import ModelTask, ModelVersion
from domain.model.trained_models import Drift
from migrations.runner import migrate
from tests.api.journeys import (
    active,
    ago,
    config_of,
    done,
    instant,
    items,
    next_where,
    now,
    profile_when,
    save_catalogue,
    save_segment,
    track,
)
from tests.api.test_privacy import CHOOSE
from tests.api.test_statement_counts import statements_of
from tests.builders.tiny_models import TINY_KINDS, TINY_MODELS, tiny_artifact
from tests.conftest import TOKEN_SECRET
from tests.engines import Refusal, serving, unique

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from domain.model.trained_models import Artifact
    from tests.engines import Api, Speaker

MODEL = "name task version trainedAt trainingRows servesBaseline note quality{metric value baseline low high}"
INSIGHTS = f"""computedAt churn{{risk level horizonDays factors{{signal contribution value text}} model{{{MODEL}}}}}
  lifetimeValue{{expected low high horizonDays expectedConversions probabilityActive model{{{MODEL}}}}}
  nextActions{{kind target probability}} recommendations{{feature score reason}}"""
SEGMENTS = "query($source:MembershipSource){viewer{profile{segments(source:$source){segment{key} confidence source}}}}"
UPDATES = "subscription{profileUpdated{profile{revision activity{interactions}}}}"
CONFIGS = """subscription($context:ContextInput!){configUpdated(context:$context){
  cause changedSlots config{revision theme{mode} recommendations{feature score reason}}}}"""
AT_RISK = {"churnRisk": {"gte": 0.5}}


@pytest.fixture(scope="module")
async def scored(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """An engine with tiny models of every task in use, on stores of its own."""
    with start_embedded(tmp_path_factory.mktemp("scored"), Durability.THROWAWAY) as services:
        await migrate(services.database_url)
        settings = load_settings(
            database_url=services.database_url,
            redis_url=services.redis_url,
            token_secret=TOKEN_SECRET,
            data_dir=tmp_path_factory.mktemp("scored-data"),
            worker_in_server=True,
        )
        async with serving(settings, TINY_KINDS) as running:
            await put_in_use(running, *map(tiny_artifact, TINY_MODELS))
            yield running


async def put_in_use(api: Api, *artifacts: Artifact) -> None:
    engine = api.application._engine
    assert engine is not None
    async with engine.use_cases.begin() as work:
        for artifact in artifacts:
            await work.trained_models.add(artifact)
            await work.trained_models.use(artifact.manifest.task, artifact.manifest.version, now())
        await work.commit()


async def insights_of(speaker: Speaker) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await speaker.ask(f"{{viewer{{insights{{{INSIGHTS}}}}}}}"))["viewer"]["insights"]
    return found


async def scored_insights(speaker: Speaker) -> dict[str, Any]:
    """The speaker's insights, as soon as there are some."""
    async with speaker.following(UPDATES) as updates:
        while (found := await insights_of(speaker)) is None or found["churn"] is None:
            await updates.next()
        return found


async def user_seen(api: Api, days_ago: float = 10) -> Speaker:
    """Somebody seen last so long ago, and scored."""
    user = api.as_user()
    await track(user, done("FEATURE_USE", target="chart", occurredAt=ago(days=days_ago)))
    await scored_insights(user)
    return user


async def test_a_user_reads_what_models_say_and_why_and_how_good_they_are(scored: Api) -> None:
    user = await user_seen(scored)
    insights = await scored_insights(user)

    assert instant(insights["computedAt"]) <= now()
    churn, value = insights["churn"], insights["lifetimeValue"]
    assert churn["risk"] == pytest.approx(0.5, abs=1e-3)
    assert (churn["level"], churn["horizonDays"]) == ("HIGH", 28)
    (factor,) = churn["factors"]
    assert factor["signal"] == "recency"
    assert factor["text"].startswith("The user was last here 10")
    assert churn["model"]["name"] == "churn"
    assert (churn["model"]["task"], churn["model"]["version"]) == ("CHURN", "v1")
    assert churn["model"]["quality"][0] == {
        "metric": "log loss",
        "value": 0.4,
        "baseline": 0.5,
        "low": 0.39,
        "high": 0.41,
    }
    assert (value["low"], value["expected"], value["high"]) == (5, 10, 20)
    assert (value["horizonDays"], value["expectedConversions"], value["probabilityActive"]) == (90, 1, 0.75)
    assert value["model"]["task"] == "LIFETIME_VALUE"
    assert [(action["kind"], action["target"]) for action in insights["nextActions"]] == [
        ("FEATURE_USE", "export"),
        ("FEATURE_USE", "chart"),
    ]
    assert insights["recommendations"][0] == {
        "feature": "import",
        "score": 0.75,
        "reason": "Many go on to use import.",
    }


async def test_lists_are_as_long_as_asked(scored: Api) -> None:
    user = await user_seen(scored)
    asked = "nextActions(first:1){target} recommendations(first:1){feature} churn{factors(first:1){value}}"

    insights = (await user.ask(f"{{viewer{{insights{{{asked}}}}}}}"))["viewer"]["insights"]
    assert [len(insights["nextActions"]), len(insights["recommendations"])] == [1, 1]
    assert len(insights["churn"]["factors"]) == 1
    for field in ("nextActions(first:0){target}", "recommendations(first:101){score}", "churn{factors(first:0){text}}"):
        with pytest.raises(Refusal, match="first"):
            await user.ask(f"{{viewer{{insights{{{field}}}}}}}")


async def test_of_a_user_nobody_has_heard_of_models_say_nothing(scored: Api) -> None:
    assert await insights_of(scored.as_user()) is None


async def test_without_models_there_are_no_insights_and_no_models(api: Api) -> None:
    user = api.as_user()
    await track(user, done())
    await profile_when(user, lambda profile: profile["activity"]["interactions"] == 1)

    assert await insights_of(user) is None
    assert (await api.as_admin().ask("{models{version}}"))["models"] == []


async def test_the_models_in_use_are_listed_with_their_quality_and_drift(scored: Api) -> None:
    engine = scored.application._engine
    assert engine is not None
    async with engine.use_cases.begin() as work:
        drift = Drift(now(), 900, {"days_since_last": 0.3, "interactions": 0.01}, 0.02)
        await work.trained_models.note_drift(ModelTask.CHURN, ModelVersion("v1"), drift)
        await work.trained_models.add(tiny_artifact(version="candidate"))
        await work.commit()
    calibration = "calibration{predicted observed rows}"
    asked = f"{{models{{{MODEL} {calibration} drift{{measuredAt users level score signals{{signal stability}}}}}}}}"

    for speaker in (scored.as_admin(), scored.as_analyst()):
        models = {model["task"]: model for model in (await speaker.ask(asked))["models"]}
        assert set(models) == {task.name for task in ModelTask}
        assert models["CHURN"]["trainingRows"] == 1_000
        assert models["CHURN"]["version"] == "v1"
        assert models["SEGMENTS"]["drift"] is None
        assert models["CHURN"]["calibration"] == [
            {"predicted": 0.2, "observed": 0.25, "rows": 400},
            {"predicted": 0.7, "observed": 0.6, "rows": 100},
        ]
        drifted = models["CHURN"]["drift"]
        assert (drifted["level"], drifted["users"], drifted["score"]) == ("DRIFTED", 900, 0.02)
        assert [moved["signal"] for moved in drifted["signals"]] == ["days_since_last", "interactions"]


async def test_expected_segments_stand_beside_those_of_today_and_no_rule_reads_them(scored: Api) -> None:
    place, user = unique("place"), await user_seen(scored)
    await active(scored, places=[place], condition={"segment": {"in": ["power_user"], "confidence": 0.05}})

    async def told(source: str | None) -> list[tuple[str, str]]:
        profile = (await user.ask(SEGMENTS, source=source))["viewer"]["profile"]
        return [(membership["segment"]["key"], membership["source"]) for membership in profile["segments"]]

    everything = await told(None)
    assert everything[-1] == ("power_user", "MODEL")
    assert await told("MODEL") == [("power_user", "MODEL")]
    assert await told("CONDITION") == everything[:-1]
    assert ("power_user", "CONDITION") not in everything
    assert (await config_of(user, place))["theme"]["mode"] == "SYSTEM"


async def test_a_rule_for_those_at_risk_reaches_them_and_others_learn_why_not(scored: Api) -> None:
    place = unique("place")
    rule = await active(scored, places=[place], condition=AT_RISK)
    leaving, staying = await user_seen(scored, 29), await user_seen(scored, 1)

    assert (await config_of(leaving, place))["theme"]["mode"] == "DARK"
    assert (await config_of(staying, place))["theme"]["mode"] == "SYSTEM"
    asked = """query($id:ID!,$context:ContextInput!){user(id:$id){
      explanation(context:$context){rules{failed wouldApplyIf rule{id}}}}}"""
    answer = await scored.as_admin().ask(asked, id=staying.user_id, context={"place": place})
    (verdict,) = [v for v in answer["user"]["explanation"]["rules"] if v["rule"]["id"] == rule["id"]]
    assert verdict["failed"].startswith("churn risk at least 0.5: it is 0.14")
    assert verdict["wouldApplyIf"] is None
    preview = "query($input:RuleInput!){previewRule(input:$input){audience population}}"
    content = {
        "key": unique("rule"),
        "name": "R",
        "condition": {"churnRisk": {"gte": 0.9}},
        "adaptations": [{"setTheme": {"mode": "DARK"}}],
    }
    previewed = (await scored.as_admin().ask(preview, input=content))["previewRule"]
    assert 1 <= previewed["audience"] < previewed["population"]


async def test_users_are_found_by_their_churn_risk(scored: Api) -> None:
    key = unique("cohort")
    segment = await save_segment(scored, {"traits": {"cohort": key}})
    leaving, staying = await user_seen(scored, 30), await user_seen(scored, 1)
    declared = "mutation($t:JSON){updateProfile(input:{traits:$t}){userErrors{message}}}"
    for user in (leaving, staying):
        await user.ask(declared, t={"cohort": key})
        await profile_when(user, lambda profile: segment["key"] in str(profile["segments"]))
    asked = "query($filter:UserFilter){users(filter:$filter){edges{node{id}}}}"

    async def found(**bounds: float) -> list[str]:
        answer = await scored.as_analyst().ask(asked, filter={"segment": segment["key"], "churnRisk": bounds})
        return [edge["node"]["id"] for edge in answer["users"]["edges"]]

    assert await found(gte=0.5) == [leaving.user_id]
    assert await found(lt=0.5) == [staying.user_id]
    assert await found(gte=0) == [staying.user_id, leaving.user_id]
    for wrong in ({}, {"gte": 2}, {"gte": 0.5, "gt": 0.5}):
        with pytest.raises(Refusal, match="churnRisk"):
            await scored.as_analyst().ask(asked, filter={"churnRisk": wrong})


async def test_suggestions_come_after_what_rules_recommend(scored: Api) -> None:
    place, user = unique("place"), await user_seen(scored)
    recommend = {"recommendFeature": {"feature": "search"}}
    rule = await active(scored, places=[place], adaptations=[recommend])

    hints = (await config_of(user, place))["recommendations"]
    assert [hint["feature"] for hint in hints] == ["search", "import"]
    assert hints[0] == {"feature": "search", "score": 1, "reason": f"recommended by “{rule['name']}”"}
    hide = {"setFeature": {"feature": "import", "visible": False}}
    await active(scored, places=[place], adaptations=[hide])
    assert [hint["feature"] for hint in (await config_of(user, place))["recommendations"]] == ["search"]


async def test_who_does_not_allow_models_has_no_insights_at_once_and_gets_them_back(scored: Api) -> None:
    place, user = unique("place"), await user_seen(scored)
    await active(scored, places=[place], condition=AT_RISK)
    stranger = await config_of(scored.as_user(), place)
    async with user.following(CONFIGS, context={"place": place}) as configs:
        before = await next_where(configs, lambda e: e["configUpdated"]["config"]["theme"]["mode"] == "DARK")
        assert before["configUpdated"]["config"]["recommendations"]

        await user.ask(CHOOSE, enabled=True, models=False)

        assert await insights_of(user) is None
        assert (await user.ask(SEGMENTS, source="MODEL"))["viewer"]["profile"]["segments"] == []
        pushed = (await configs.next())["configUpdated"]
        assert pushed["cause"] == "PRIVACY_CHANGED"
        assert pushed["config"]["revision"] == stranger["revision"]
        assert set(pushed["changedSlots"]) >= {"theme.mode", "recommendation:import"}
        admin = await scored.as_admin().ask("query($id:ID!){user(id:$id){insights{computedAt}}}", id=user.user_id)
        assert admin == {"user": {"insights": None}}
        await track(user, done(occurredAt=ago(days=9)))
        await profile_when(user, lambda profile: profile["activity"]["interactions"] == 2)
        assert await insights_of(user) is None

        await user.ask(CHOOSE, enabled=True, models=True)

        await scored_insights(user)
        back = await next_where(configs, lambda e: bool(e["configUpdated"]["config"]["recommendations"]))
        assert back["configUpdated"]["cause"] == "PROFILE_CHANGED"


async def test_insights_are_read_of_many_users_with_a_constant_number_of_statements(scored: Api) -> None:
    users = [await user_seen(scored, days) for days in range(1, 13)]
    asked = f"query($first:Int){{users(first:$first){{edges{{node{{id insights{{{INSIGHTS}}}}}}}}}}}"

    one, many = [await statements_of(scored.as_admin(), asked, first=first) for first in (1, len(users))]
    assert len(many) == len(one), many
    assert len(one) <= 6, one


async def test_recomputing_scores_anew(scored: Api) -> None:
    user = await user_seen(scored)
    earlier = await insights_of(user)
    recompute = "mutation($id:ID!){recomputeProfile(userId:$id){profile{revision} userErrors{message}}}"
    assert (await user.ask(recompute, id=user.user_id))["recomputeProfile"]["userErrors"] == []

    assert earlier is not None
    insights = await insights_of(user)
    assert insights is not None
    assert insights["churn"]["model"]["version"] == earlier["churn"]["model"]["version"]
    assert instant(insights["computedAt"]) - instant(earlier["computedAt"]) < timedelta(minutes=5)


@pytest.fixture(scope="module", autouse=True)
async def catalogue(scored: Api) -> None:
    """What models recommend is on offer."""
    await save_catalogue(scored, features=items("export", "chart", "import", "search"))


async def test_a_model_that_must_not_serve_is_not_shown_as_serving(scored: Api) -> None:
    sound, admin = tiny_artifact(ModelTask.SEGMENTS, version="sound"), scored.as_admin()
    await put_in_use(scored, sound)
    changed = replace(tiny_artifact(ModelTask.SEGMENTS, version="bad"), parts={"changed.json": b"{}"})

    async def told() -> tuple[str, str]:
        models = (await admin.ask("{models{task version note}}"))["models"]
        (found,) = [(model["version"], model["note"]) for model in models if model["task"] == "SEGMENTS"]
        return found

    assert await told() == ("sound", "")
    await put_in_use(scored, changed)
    version, note = await told()
    assert version == "sound"
    assert note == (
        "It serves instead of bad, which is refused: "
        "the segments model bad was truncated or changed after it was trained."
    )
    await put_in_use(scored, tiny_artifact(ModelTask.SEGMENTS, version="again"))
    assert await told() == ("again", "")
