"""Is the catalogue kept as saved, and does everybody see a change at once?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import SAVE_CATALOGUE, active, config_of, items, save_catalogue
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

CATALOGUE = """{catalogue{features{key name stage} navigation{key name} tags{key name} places{key name}
  parameters{key name default} defaults{place themeMode density hiddenFeatures navigation}}}"""


async def test_the_catalogue_reads_back_as_it_was_saved_for_everybody(api: Api) -> None:
    content: dict[str, Any] = {
        "features": [{"key": "export", "name": "Export it", "stage": "ADVANCED"}, {"key": "a:b.c-d_e", "name": "Ü"}],
        "navigation": items("b", "a"),
        "tags": items("news"),
        "places": items("dashboard"),
        "parameters": [{"key": "limit", "name": "Limit", "default": {"x": [1, None]}}],
        "defaults": [{"place": "dashboard", "themeMode": "DARK", "density": "COMPACT", "hiddenFeatures": ["export"]}],
    }
    await save_catalogue(api, **content)
    catalogue = (await api.as_user().ask(CATALOGUE))["catalogue"]
    assert catalogue["features"] == [{"stage": None, **feature} for feature in content["features"]]
    assert (catalogue["navigation"], catalogue["tags"]) == (content["navigation"], content["tags"])
    assert (catalogue["places"], catalogue["parameters"]) == (content["places"], content["parameters"])
    assert catalogue["defaults"] == [{**content["defaults"][0], "navigation": []}]


async def test_what_is_left_out_of_a_catalogue_is_empty_and_defaults_have_defaults(api: Api) -> None:
    await save_catalogue(api, features=items("a"), tags=items("t"))
    catalogue = await save_catalogue(api, places=items("p"), defaults=[{"place": "p"}])
    assert catalogue == {
        "features": [],
        "navigation": [],
        "tags": [],
        "places": [{"key": "p", "name": "P", "stage": None}],
        "parameters": [],
        "defaults": [
            {"place": "p", "themeMode": "SYSTEM", "density": "COMFORTABLE", "hiddenFeatures": [], "navigation": []}
        ],
    }


async def test_a_change_of_the_catalogue_is_decided_with_at_once_and_pushed(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    await save_catalogue(api, features=items("a"))
    query = """subscription($context:ContextInput!){configUpdated(context:$context){
      cause changedSlots config{revision features{key} theme{mode}}}}"""
    async with user.following(query, context={"place": place}) as updates:
        first = (await updates.next())["configUpdated"]
        assert (first["cause"], first["config"]["features"]) == ("SUBSCRIBED", [{"key": "a"}])
        await save_catalogue(
            api, features=items("a", "b"), places=items(place), defaults=[{"place": place, "themeMode": "DARK"}]
        )
        assert (await config_of(user, place))["theme"]["mode"] == "DARK"
        second = (await updates.next())["configUpdated"]
        assert second["cause"] == "CATALOGUE_CHANGED"
        assert set(second["changedSlots"]) == {"feature:b", "theme.mode"}
        assert second["config"]["theme"]["mode"] == "DARK"
        assert second["config"]["revision"] != first["config"]["revision"]


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"features": [*items("a"), {"key": "", "name": "x"}]}, ["features", "1", "key"]),
        ({"features": [{"key": "k" * 65, "name": "x"}]}, ["features", "0", "key"]),
        ({"features": [{"key": "a\x00", "name": "x"}]}, ["features", "0", "key"]),
        ({"features": [{"key": "a", "name": ""}]}, ["features", "0", "name"]),
        ({"features": [{"key": "a", "name": "n" * 121}]}, ["features", "0", "name"]),
        ({"features": items("a", "b", "a")}, ["features"]),
        ({"navigation": items("a", "a")}, ["navigation"]),
        ({"tags": items(*(f"t{n}" for n in range(1_001)))}, ["tags"]),
        ({"parameters": [{"key": "a", "name": "A", "default": "x" * 17_000}]}, ["parameters", "0", "default"]),
        ({"parameters": [{"key": "a", "name": "A", "default": "\x00"}]}, ["parameters", "0", "default"]),
        ({"defaults": [{"place": ""}]}, ["defaults", "0", "place"]),
        ({"places": items("a"), "defaults": [{"place": "a"}, {"place": "a"}]}, ["defaults"]),
        ({"defaults": [{"place": "a"}]}, ["defaults", "0", "place"]),
        (
            {"places": items("a"), "defaults": [{"place": "a", "hiddenFeatures": ["\x00"]}]},
            ["defaults", "0", "hiddenFeatures"],
        ),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, list) else "",
)
async def test_a_bad_catalogue_is_refused_by_the_field_and_changes_nothing(
    api: Api, content: dict[str, Any], path: list[str]
) -> None:
    await save_catalogue(api, features=items("kept"))
    payload = (await api.as_admin().ask(SAVE_CATALOGUE, input=content))["saveCatalogue"]
    assert payload["catalogue"] is None
    assert payload["userErrors"][0]["path"][: len(path) + 1] == ["input", *path]
    kept = (await api.as_user().ask(CATALOGUE))["catalogue"]["features"]
    assert [feature["key"] for feature in kept] == ["kept"]


async def test_who_is_held_out_gets_no_rule_at_once(api: Api) -> None:
    place = unique("place")
    await active(api, places=[place])
    users = [api.as_user() for _ in range(12)]
    everybody = {(await config_of(user, place))["theme"]["mode"] for user in users}
    await save_catalogue(api, holdout=0.5)
    some = [(await config_of(user, place))["theme"]["mode"] for user in users]
    shown = (await api.as_user().ask("{catalogue{holdout}}"))["catalogue"]
    await save_catalogue(api)

    assert everybody == {"DARK"}
    assert set(some) == {"DARK", "SYSTEM"}
    assert shown == {"holdout": 0.5}
    assert {(await config_of(user, place))["theme"]["mode"] for user in users} == {"DARK"}


@pytest.mark.parametrize("holdout", [-0.1, 0.6])
async def test_a_holdout_is_at_most_half_of_the_users(api: Api, holdout: float) -> None:
    payload = (await api.as_admin().ask(SAVE_CATALOGUE, input={"holdout": holdout}))["saveCatalogue"]

    assert [error["path"] for error in payload["userErrors"]] == [["input", "holdout"]]
