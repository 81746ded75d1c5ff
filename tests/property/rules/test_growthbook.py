"""Do imported features decide as GrowthBook's SDKs do, and never otherwise?"""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model.catalogues import Catalogue
from domain.model.contexts import Context
from domain.model.definitions import Definitions, StoredDefinitions
from domain.model.imports import AttributeSource, GrowthBookOptions
from domain.model.rules import RuleStatus
from domain.model.users import UserId
from domain.rules.decisions import decide
from domain.rules.documents.rule_sets import parse_rule_set, rule_set_document
from domain.rules.growthbook import Translation, translate
from domain.rules.imported_rules import Authorship
from domain.rules.imports import plan_import
from domain.rules.rule_sets import RuleSet
from tests.builders.growthbook import NOTHING, Fields, any_rules, attributes, exact_rules, forced
from tests.builders.profiles import NOW, build_profile

NAMES = (
    *("features", "feature", "savedGroups", "experiments", "encryptedFeatures", "environments", "dev", "definition"),
    *(
        "id",
        "enabled",
        "archived",
        "rules",
        "scheduleRules",
        "defaultValue",
        "hasMore",
        "condition",
        "force",
        "coverage",
    ),
    *("range", "hashAttribute", "hashVersion", "seed", "variations", "filters", "parentConditions", "$inGroup", "$not"),
)
VALUES = ('{"rules": [{"force": 1}]}', "{", "dev", "\ud800", "a\nb", "x" * 3_000, 2, 0.5, True, [0, 0.5])
GROUPS: dict[str, list[Any]] = {"adults": [18, 30]}
KEY, DEFAULT = "checkout", "default"
OPTIONS = st.sampled_from(AttributeSource).map(lambda source: GrowthBookOptions(attributes_are=source))


def payload(rules: list[Fields]) -> dict[str, object]:
    return {"features": {KEY: {"defaultValue": DEFAULT, "rules": rules}}, "savedGroups": GROUPS}


def decided(definitions: Definitions, user: Fields) -> object:
    """The parameter in an engine that has nothing but these definitions."""
    numbers = count()
    by = Authorship(UserId("importer"), NOW, lambda: f"id-{next(numbers)}")
    plan = plan_import(definitions, StoredDefinitions(0, (), (), Catalogue()), by)
    rule_set = RuleSet.compile(1, [step.after for step in plan.rules], plan.catalogue or Catalogue())
    profile = build_profile(user["id"], traits=user)
    return decide(rule_set, profile, Context("anywhere", attributes=user), NOW).parameters[KEY]


def expected(rules: list[Fields], user: Fields) -> object:
    values = (forced(rule, KEY, user, GROUPS) for rule in rules)
    return next((value for value in values if value is not NOTHING), DEFAULT)


@settings(max_examples=400, deadline=None)
@given(rules=exact_rules(), users=st.lists(attributes(), min_size=1, max_size=5), options=OPTIONS)
def test_what_is_translated_exactly_decides_exactly_as_there(
    rules: list[Fields], users: list[Fields], options: GrowthBookOptions
) -> None:
    definitions = translate(payload(rules), options).definitions

    assert [rule.status for rule in definitions.rules or ()] == [RuleStatus.ACTIVE] * len(rules)
    for user in users:
        assert decided(definitions, user) == expected(rules, user)


@settings(max_examples=400, deadline=None)
@given(rules=any_rules(), users=st.lists(attributes(), min_size=1, max_size=5), options=OPTIONS)
def test_what_is_not_translated_exactly_leaves_the_default_and_never_another_value(
    rules: list[Fields], users: list[Fields], options: GrowthBookOptions
) -> None:
    translation = translate(payload(rules), options)
    imported = {rule.content.name: rule for rule in translation.definitions.rules or ()}
    whole: list[Fields] = []
    for position, rule in enumerate(rules, 1):
        found = imported.get(f"{KEY}, rule {position}")
        without_effect = not rule.keys() & {"force", "variations", "filters", "parentConditions", "newlyInvented"}
        if found is not None and found.status is RuleStatus.ACTIVE:
            whole.append(rule)
        elif not without_effect:
            break

    for user in users:
        assert decided(translation.definitions, user) == expected(whole, user)
    is_whole = len(imported) == len(whole) and all(rule.status is RuleStatus.ACTIVE for rule in imported.values())
    assert is_whole or any(note.startswith(f"feature {KEY}: rule") for note in translation.notes)


@settings(max_examples=200, deadline=None)
@given(rules=any_rules())
def test_what_was_translated_can_be_written_down_and_is_translated_alike_again(rules: list[Fields]) -> None:
    definitions = translate(payload(rules), GrowthBookOptions()).definitions

    assert parse_rule_set(rule_set_document(definitions)) == Definitions(
        tuple(sorted(definitions.rules or (), key=lambda rule: rule.content.key)), None, definitions.catalogue
    )
    assert translate(payload(rules), GrowthBookOptions()).definitions == definitions


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=30,
)
any_fields = st.dictionaries(st.sampled_from(NAMES), any_json, max_size=5)
any_rule = any_fields | any_fields.map(lambda rule: {"force": 1, **rule})


@settings(max_examples=400, deadline=None)
@given(
    document=any_json, rules=st.lists(any_rule, max_size=3), key=st.sampled_from(("dark", "k" * 64, "a|b", "\ud800"))
)
def test_whatever_stands_in_a_file_it_is_translated_into_what_can_be_stored_or_refused(
    document: object, rules: list[Fields], key: str
) -> None:
    in_the_api = {"features": [{"id": key, "environments": {"dev": document}}, document]}
    for file in (document, {"features": {key: {"defaultValue": 1, "rules": rules}}, "savedGroups": {}}, in_the_api):
        problems = None
        translation = Translation(Definitions())
        try:
            translation = translate(file, GrowthBookOptions())
        except Refused as refused:
            problems = refused.problems
        assert problems is None or len(problems) > 0
        definitions = translation.definitions
        assert parse_rule_set(rule_set_document(definitions)).catalogue == definitions.catalogue
        assert "".join(translation.notes).encode().decode() == "".join(translation.notes)
