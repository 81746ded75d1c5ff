"""Does every kind of adaptation reach the config, and what decides where nothing does?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import active, config_of, deciders, declare
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

pytestmark = pytest.mark.usefixtures("catalogue")

# What is written, what the rule says it wrote, the slot, and where in the config it is seen.
EFFECTS: dict[str, tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]] = {
    "theme": (
        {"setTheme": {"mode": "SIMPLIFIED"}},
        {"mode": "SIMPLIFIED"},
        "theme.mode",
        {"theme": {"mode": "SIMPLIFIED"}},
    ),
    "layout": (
        {"setLayout": {"density": "SPACIOUS"}},
        {"density": "SPACIOUS"},
        "layout.density",
        {"layout": {"density": "SPACIOUS"}},
    ),
    "difficulty": (
        {"setDifficulty": {"level": "ADVANCED"}},
        {"level": "ADVANCED"},
        "content.difficulty",
        {"content": {"difficulty": "ADVANCED", "include": [], "exclude": []}},
    ),
    "hidden feature": (
        {"setFeature": {"feature": "export", "visible": False}},
        {"feature": "export", "visible": False, "highlighted": False},
        "feature:export",
        {},
    ),
    "navigation": (
        {"orderNavigation": {"first": ["help", "settings"]}},
        {"first": ["help", "settings"], "byUsage": False},
        "navigation.order",
        {"navigation": {"order": ["help", "settings", "home", "reports"], "shortcuts": []}},
    ),
    "navigation by usage": (
        {"orderNavigation": {"byUsage": True}},
        {"first": [], "byUsage": True},
        "navigation.order",
        {"navigation": {"order": ["reports", "home", "settings", "help"], "shortcuts": []}},
    ),
    "shortcut": (
        {"addShortcut": {"target": "reports"}},
        {"target": "reports"},
        "shortcut:reports",
        {"navigation": {"order": ["home", "reports", "settings", "help"], "shortcuts": ["reports"]}},
    ),
    "content": (
        {"filterContent": {"include": ["news"], "exclude": ["sport"]}},
        {"include": ["news"], "exclude": ["sport"]},
        "content:",
        {},
    ),
    "recommendation": (
        {"recommendFeature": {"feature": "share"}},
        {"recommended": "share"},
        "recommendation:share",
        {},
    ),
    "parameter": (
        {"setParameter": {"key": "limit", "value": {"a": [1, None, "x"]}}},
        {"key": "limit", "value": {"a": [1, None, "x"]}},
        "parameter:limit",
        {"parameters": {"limit": {"a": [1, None, "x"]}, "banner": {}}},
    ),
}


@pytest.mark.parametrize("name", EFFECTS)
async def test_an_adaptation_reaches_the_config_and_is_read_back(api: Api, regular: Speaker, name: str) -> None:
    written, read, slot, seen = EFFECTS[name]
    place = unique("place")
    before = await config_of(regular, place)
    rule = await active(api, places=[place], adaptations=[written])
    (adaptation,) = rule["adaptations"]
    assert adaptation.pop("__typename")[0].isupper()
    assert adaptation == read
    config = await config_of(regular, place)
    assert config["revision"] != before["revision"]
    assert {field: config[field] for field in seen} == seen
    decided = deciders(config)
    assert set(decided.values()) == {rule["key"]}
    assert all(found.startswith(slot.split(":")[0]) for found in decided), decided


async def test_features_are_hidden_shown_and_highlighted(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    hide = {"setFeature": {"feature": "export", "visible": False}}
    highlight = {"setFeature": {"feature": "chart", "highlighted": True}}
    await active(api, places=[place], adaptations=[hide, highlight])
    config = await config_of(user, place)
    assert config["features"] == [
        {"key": "export", "visible": False, "highlighted": False},
        {"key": "chart", "visible": True, "highlighted": True},
        {"key": "share", "visible": True, "highlighted": False},
        {"key": "import", "visible": True, "highlighted": False},
    ]
    query = """query($context:ContextInput!){viewer{config(context:$context){
      one:feature(key:"chart"){key highlighted} none:feature(key:"print"){key}}}}"""
    one = (await user.ask(query, context={"place": place}))["viewer"]["config"]
    assert one == {"one": {"key": "chart", "highlighted": True}, "none": None}


async def test_content_is_filtered_by_tags(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    await active(api, places=[place], adaptations=[{"filterContent": {"include": ["news"], "exclude": ["sport"]}}])
    content = (await config_of(user, place))["content"]
    assert content == {"difficulty": content["difficulty"], "include": ["news"], "exclude": ["sport"]}


async def test_recommended_features_have_a_score_and_a_reason_and_the_list_is_cut_where_asked(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(
        api,
        name="Get to know sharing",
        places=[place],
        adaptations=[{"recommendFeature": {"feature": name}} for name in ("share", "export", "import")],
    )
    found = (await config_of(user, place))["recommendations"]
    assert {item["feature"] for item in found} >= {"share", "export", "import"}
    assert all(0 < item["score"] <= 1 and item["reason"] for item in found)
    assert [item["score"] for item in found] == sorted((item["score"] for item in found), reverse=True)
    query = """query($context:ContextInput!,$first:Int){viewer{config(context:$context){
      recommendations(first:$first){feature}}}}"""
    two = (await user.ask(query, context={"place": place}, first=2))["viewer"]["config"]["recommendations"]
    assert [item["feature"] for item in two] == [item["feature"] for item in found[:2]]
    assert rule["status"] == "ACTIVE"


async def test_several_rules_add_shortcuts_side_by_side(api: Api) -> None:
    place = unique("place")
    for target in ("home", "help"):
        await active(api, places=[place], adaptations=[{"addShortcut": {"target": target}}])
    assert set((await config_of(api.as_user(), place))["navigation"]["shortcuts"]) == {"home", "help"}


async def test_where_nothing_decides_the_catalogue_does(api: Api) -> None:
    user = api.as_user()
    config = await config_of(user, unique("place"))
    assert (config["theme"], config["layout"]) == ({"mode": "SYSTEM"}, {"density": "COMFORTABLE"})
    assert config["navigation"] == {"order": ["home", "reports", "settings", "help"], "shortcuts": []}
    assert config["parameters"] == {"limit": 3, "banner": {}}
    assert config["decisions"] == []
    assert config["holdsUntil"] is None
    assert all(feature["visible"] for feature in config["features"])


async def test_a_place_has_defaults_of_its_own(api: Api) -> None:
    config = await config_of(api.as_user(), "quiet")
    assert (config["theme"], config["layout"]) == ({"mode": "LIGHT"}, {"density": "SPACIOUS"})
    assert [feature["key"] for feature in config["features"] if not feature["visible"]] == ["share"]
    assert config["navigation"]["order"] == ["help", "home", "reports", "settings"]


async def test_the_users_own_preferences_win_over_every_rule(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    adaptations = [
        {"setTheme": {"mode": "DARK"}},
        {"setLayout": {"density": "COMPACT"}},
        {"setDifficulty": {"level": "ADVANCED"}},
    ]
    await active(api, places=[place], priority=1_000_000, adaptations=adaptations)
    await declare(user, preferences={"themeMode": "LIGHT", "density": "SPACIOUS"})
    config = await config_of(user, place)
    assert (config["theme"]["mode"], config["layout"]["density"]) == ("LIGHT", "SPACIOUS")
    assert config["content"]["difficulty"] == "ADVANCED"
    by_slot = {decision["slot"]: decision for decision in config["decisions"]}
    assert by_slot["theme.mode"]["rule"] is None
    assert by_slot["theme.mode"]["lost"][0]["reason"]
    await declare(user, preferences={"themeMode": None})
    config = await config_of(user, place)
    assert (config["theme"]["mode"], config["layout"]["density"]) == ("DARK", "SPACIOUS")


async def test_a_revision_is_the_same_for_equal_configs_and_for_repeated_questions(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    await active(api, places=[place])
    first, again, other = [await config_of(speaker, place) for speaker in (user, user, api.as_user())]
    assert first["revision"] == again["revision"] == other["revision"]
    assert first["source"] in {"DECIDED", "CACHED"}


@pytest.mark.parametrize(
    ("context", "field"),
    [
        ({"place": ""}, "place"),
        ({"place": "p" * 101}, "place"),
        ({"place": "\x00"}, "place"),
        ({"place": "x", "timeZone": "Mars/Olympus"}, "timeZone"),
        ({"place": "x", "timeZone": "../../etc/passwd"}, "timeZone"),
        ({"place": "x", "timeZone": ""}, "timeZone"),
        ({"place": "x", "timeZone": "\x00"}, "timeZone"),
        ({"place": "x", "timeZone": "x" * 5_000}, "timeZone"),
        ({"place": "x", "attributes": [1]}, "attributes"),
        ({"place": "x", "attributes": {"a": "x" * 17_000}}, "attributes"),
        ({"place": "x", "attributes": {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}}}, "attributes"),
        ({"place": "x", "device": "FRIDGE"}, "device"),
        ({"device": "MOBILE"}, "place"),
    ],
)
async def test_a_bad_context_is_refused_with_the_name_of_the_field(
    api: Api, context: dict[str, Any], field: str
) -> None:
    query = "query($context:ContextInput!){viewer{config(context:$context){revision}}}"
    answer = await api.as_user().answer(query, context=context)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert field in answer["errors"][0]["message"]
