"""How are columns mapped to fields, and what is said when they cannot be?"""

import pytest

from app.replay.fields import Field, MappingRefused, parse_mapping, resolve_columns
from app.replay.refusals import LogRefused
from domain.model.interactions import InteractionKind

COLUMNS = ["user", "time", "kind", "unix_ts"]


def test_a_mapping_may_come_in_several_parts() -> None:
    mapping = parse_mapping(["user=user_id, time = unix_ts", "target=a=b"])
    assert mapping == {Field.USER: "user_id", Field.TIME: "unix_ts", Field.TARGET: "a=b"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("user", "form field=column"),
        ("user=", "form field=column"),
        ("=x", "form field=column"),
        ("", "form field=column"),
        ("user=a,", "form field=column"),
        ("users=a", "the fields are user, time, kind"),
        ("user=a,user=b", "mapped twice"),
    ],
)
def test_a_malformed_mapping_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(MappingRefused, match=reason):
        parse_mapping([text])


def test_without_a_mapping_the_columns_named_like_fields_are_used() -> None:
    columns = resolve_columns(None, None, COLUMNS)
    assert columns == {Field.USER: "user", Field.TIME: "time", Field.KIND: "kind"}


def test_with_a_mapping_only_the_mapped_columns_are_used() -> None:
    mapping = {Field.USER: "user", Field.TIME: "unix_ts"}
    assert resolve_columns(mapping, InteractionKind.CLICK, COLUMNS) == mapping


def test_a_constant_kind_wins_over_a_column_of_that_name() -> None:
    assert Field.KIND not in resolve_columns(None, InteractionKind.CLICK, COLUMNS)


def test_an_unknown_column_is_refused_with_the_columns_there_are() -> None:
    with pytest.raises(LogRefused, match=r"no column 'usr', 'tme'; its columns are 'user', 'time', 'kind', 'unix_ts'"):
        resolve_columns({Field.USER: "usr", Field.TIME: "tme"}, InteractionKind.CLICK, COLUMNS)


def test_a_column_that_exists_twice_is_refused() -> None:
    with pytest.raises(LogRefused, match="several columns 'user'"):
        resolve_columns(None, InteractionKind.CLICK, ["user", "time", "user"])


def test_fields_that_nothing_tells_are_refused_with_the_way_to_tell_them() -> None:
    with pytest.raises(LogRefused, match=r"--map time=COLUMN,kind=COLUMN or --kind; .* 'user', 'ts'"):
        resolve_columns(None, None, ["user", "ts"])
