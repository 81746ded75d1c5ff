"""Which interaction does one line tell of, and under which key is it counted once?"""

from typing import Any

import orjson
import pytest

from app.replay.elements import ElementWriter, derived_key
from app.replay.fields import Field
from app.replay.lines import Line
from app.replay.refusals import LineRefused, LogRefused
from domain.model.interactions import InteractionKind

WHOLE: dict[Field, Any] = {
    Field.USER: "ann",
    Field.TIME: "1392048612",
    Field.KIND: "feature_use",
    Field.TARGET: "export",
    Field.SECTION: "reports",
    Field.TAGS: "a| b||c",
    Field.DEVICE: "Mobile",
    Field.SESSION: "s1",
    Field.VALUE: "2.5",
    Field.OFFSET: "60",
    Field.KEY: "k1",
}


def element_of(values: dict[Field, Any], kind: InteractionKind | None = None) -> dict[str, Any]:
    line = Line(2, tuple(values.values()), b"content")
    element: dict[str, Any] = orjson.loads(ElementWriter(tuple(values), kind).write(line))
    return element


def refusal(**changes: Any) -> str:
    with pytest.raises(LineRefused) as refused:
        element_of(WHOLE | {Field(name): value for name, value in changes.items()})
    return str(refused.value)


def test_every_field_arrives_under_the_name_of_the_api() -> None:
    assert element_of(WHOLE) == {
        "key": "k1",
        "userId": "ann",
        "kind": "FEATURE_USE",
        "occurredAt": "2014-02-10T17:10:12+01:00",
        "target": "export",
        "section": "reports",
        "tags": ["a", "b", "c"],
        "device": "MOBILE",
        "sessionId": "s1",
        "value": 2.5,
    }


@pytest.mark.parametrize("nothing", ["", None])
def test_optional_fields_may_be_empty(nothing: object) -> None:
    optional = (Field.SECTION, Field.TAGS, Field.DEVICE, Field.SESSION, Field.VALUE, Field.OFFSET)
    element = element_of(WHOLE | dict.fromkeys(optional, nothing))
    assert set(element) == {"key", "userId", "kind", "occurredAt", "target"}
    assert element["occurredAt"] == "2014-02-10T16:10:12+00:00"


def test_json_may_hold_numbers_and_lists() -> None:
    element = element_of(WHOLE | {Field.USER: 27, Field.TARGET: 422, Field.TAGS: ["a", 1], Field.VALUE: 3})
    assert (element["userId"], element["target"], element["tags"], element["value"]) == ("27", "422", ["a", "1"], 3)


def test_what_is_missing_or_wrong_is_refused_by_name() -> None:
    assert refusal(user="") == "the user is missing"
    assert refusal(user=None) == "the user is missing"
    assert refusal(user=["ann"]) == "the user ['ann'] is not a text"
    assert "neither unix seconds" in refusal(time="soon")
    assert refusal(kind="") == "the kind is missing"
    assert refusal(kind="jump") == "there is no kind 'jump'"
    assert refusal(target="") == "the target is missing, and a FEATURE_USE needs one"
    assert refusal(device="fridge") == "there is no device 'fridge'"
    assert refusal(value="nan") == "the value 'nan' is not a finite number"
    assert refusal(value=True) == "the value True is not a finite number"
    assert "minutes from UTC" in refusal(offset="Berlin")
    assert "minutes from UTC" in refusal(offset=[60])
    assert "minutes from UTC" in refusal(offset={})
    assert refusal(key="") == "the key is missing"
    assert refusal(key="k" * 65) == "the key has 65 characters, more than 64"
    assert refusal(target="\udcff") == "it is not in UTF-8"


def test_a_kind_that_needs_no_target_may_have_none() -> None:
    assert "target" not in element_of(WHOLE | {Field.KIND: "SEARCH", Field.TARGET: ""})


def test_a_constant_kind_that_needs_a_target_is_refused_before_any_line_is_read() -> None:
    with pytest.raises(LogRefused, match="--map target="):
        ElementWriter((Field.USER, Field.TIME), InteractionKind.FEATURE_USE)
    ElementWriter((Field.USER, Field.TIME), InteractionKind.CLICK)


def test_a_constant_kind_holds_for_every_line() -> None:
    values: dict[Field, Any] = {Field.USER: "ann", Field.TIME: "1"}
    assert element_of(values, InteractionKind.CLICK)["kind"] == "CLICK"


def test_a_derived_key_never_changes() -> None:
    # Another value would make everybody's next replay count everything twice.
    assert derived_key(2, "ann", b"ann\x1f1392048612\x1f422") == "29597899b88b34de85849212f5cf5e67"


def test_a_derived_key_tells_lines_users_and_contents_apart() -> None:
    keys = {derived_key(*of) for of in ((2, "ann", b"x"), (3, "ann", b"x"), (2, "bob", b"x"), (2, "ann", b"y"))}
    assert len(keys) == 4
    assert all(len(key) == 32 for key in keys)


def test_without_a_key_column_the_key_is_derived_from_the_line() -> None:
    without: dict[Field, Any] = {field: value for field, value in WHOLE.items() if field is not Field.KEY}
    assert element_of(without)["key"] == derived_key(2, "ann", b"content")
