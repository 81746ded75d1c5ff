"""How are adaptations written, and which of them contradict each other inside one rule?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from domain.model.adaptations import (
    Adaptation,
    AddShortcut,
    FilterContent,
    LayoutDensity,
    OrderNavigation,
    RecommendFeature,
    SetDifficulty,
    SetFeature,
    SetLayout,
    SetParameter,
    SetTheme,
    ThemeMode,
)
from domain.model.skills import SkillLevel
from domain.rules.documents.codes import Code
from domain.rules.documents.reading import Reader, read_target
from domain.rules.slots import claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.model.configs import Slot
    from domain.model.json_values import Json

    Read: TypeAlias = Callable[[Reader], Adaptation]
    Written: TypeAlias = tuple[str, dict[str, Json]]

MAX_ADAPTATIONS = 50
_STAND_IN: Adaptation = OrderNavigation()


def read_adaptations(reader: Reader, *, least: int = 1) -> tuple[Adaptation, ...]:
    before = len(reader.problems)
    adaptations = reader.items(_read_adaptation, least=least, most=MAX_ADAPTATIONS)
    if not reader.is_flawed_since(before):
        _refuse_contradictions(reader, adaptations)
    return adaptations


def adaptation_document(adaptation: Adaptation) -> dict[str, Json]:
    name, value = _WRITERS[type(adaptation)](adaptation)
    return {name: value}


def _read_adaptation(reader: Reader) -> Adaptation:
    before = len(reader.problems)
    members = reader.members(optional=tuple(_READERS))
    if len(members.given) == 1:
        ((name, value),) = members.given.items()
        return _READERS[name](reader.at(name, value))
    if members.given:
        reader.refuse(Code.EXACTLY_ONE, f"make one item each of {' and '.join(members.given)}")
    elif not reader.is_flawed_since(before):
        reader.refuse(Code.REQUIRED, f"say what to adapt: one of {', '.join(_READERS)}")
    return _STAND_IN


def _refuse_contradictions(reader: Reader, adaptations: tuple[Adaptation, ...]) -> None:
    holders: dict[Slot, int] = {}
    for index, adaptation in enumerate(adaptations):
        for claim in claims(adaptation):
            other = holders.setdefault(claim.slot, index)
            if other != index:
                message = f"adaptations {other} and {index} both decide {claim.slot}: keep one"
                reader.refuse(Code.CONTRADICTION, message, str(index))
    _refuse_hidden_recommendations(reader, adaptations)


def _refuse_hidden_recommendations(reader: Reader, adaptations: tuple[Adaptation, ...]) -> None:
    hidden = {
        adaptation.feature: index
        for index, adaptation in enumerate(adaptations)
        if isinstance(adaptation, SetFeature) and not adaptation.visible
    }
    for index, adaptation in enumerate(adaptations):
        if isinstance(adaptation, RecommendFeature) and adaptation.feature in hidden:
            hides = hidden[adaptation.feature]
            reader.refuse(
                Code.CONTRADICTION,
                f"adaptation {hides} hides {adaptation.feature}, adaptation {index} recommends it: keep one",
                str(index),
            )


def _set_feature(reader: Reader) -> Adaptation:
    before = len(reader.problems)
    members = reader.members(required=("feature",), optional=("visible", "highlighted"))
    adaptation = SetFeature(
        feature=members.read("feature", Reader.key, ""),
        visible=members.read("visible", Reader.boolean, default=True),
        highlighted=members.read("highlighted", Reader.boolean, default=False),
    )
    if adaptation.highlighted and not adaptation.visible and not reader.is_flawed_since(before):
        reader.refuse(Code.CONTRADICTION, f"{adaptation.feature} is hidden and highlighted: choose one", "highlighted")
    return adaptation


def _order_navigation(reader: Reader) -> Adaptation:
    before = len(reader.problems)
    members = reader.members(optional=("first", "byUsage"))
    adaptation = OrderNavigation(
        first=members.read("first", _read_keys, ()), by_usage=members.read("byUsage", Reader.boolean, default=False)
    )
    if adaptation == _STAND_IN and not reader.is_flawed_since(before):
        reader.refuse(Code.REQUIRED, "name items in “first”, or set “byUsage”: this orders nothing")
    return adaptation


def _filter_content(reader: Reader) -> Adaptation:
    before = len(reader.problems)
    members = reader.members(optional=("include", "exclude"))
    adaptation = FilterContent(
        include=members.read("include", _read_keys, ()), exclude=members.read("exclude", _read_keys, ())
    )
    if reader.is_flawed_since(before):
        return adaptation
    if not adaptation.include and not adaptation.exclude:
        reader.refuse(Code.REQUIRED, "name tags in “include” or “exclude”: this filters nothing")
    for index, tag in enumerate(adaptation.exclude):
        if tag in adaptation.include:
            reader.refuse(Code.CONTRADICTION, f"{tag} is both included and excluded: keep one", "exclude", str(index))
    return adaptation


def _set_parameter(reader: Reader) -> Adaptation:
    members = reader.members(required=("key", "value"))
    return SetParameter(key=members.read("key", Reader.key, ""), value=members.read("value", Reader.json, None))


def _read_keys(reader: Reader) -> tuple[str, ...]:
    return reader.distinct(Reader.key)


def _only(name: str, read: Callable[[Reader], Adaptation]) -> Read:
    """An adaptation with one required field."""

    def read_object(reader: Reader) -> Adaptation:
        return reader.members(required=(name,)).read(name, read, _STAND_IN)

    return read_object


_READERS: Mapping[str, Read] = {
    "setTheme": _only("mode", lambda mode: SetTheme(mode.member(ThemeMode))),
    "setLayout": _only("density", lambda density: SetLayout(density.member(LayoutDensity))),
    "setFeature": _set_feature,
    "orderNavigation": _order_navigation,
    "addShortcut": _only("target", lambda target: AddShortcut(read_target(target))),
    "filterContent": _filter_content,
    "setDifficulty": _only("level", lambda level: SetDifficulty(level.member(SkillLevel))),
    "recommendFeature": _only("feature", lambda feature: RecommendFeature(feature.key())),
    "setParameter": _set_parameter,
}

_WRITERS: Mapping[type, Callable[[Any], Written]] = {
    SetTheme: lambda wish: ("setTheme", {"mode": wish.mode.value}),
    SetLayout: lambda wish: ("setLayout", {"density": wish.density.value}),
    SetFeature: lambda wish: (
        "setFeature",
        {"feature": wish.feature, "visible": wish.visible, "highlighted": wish.highlighted},
    ),
    OrderNavigation: lambda wish: ("orderNavigation", {"first": list(wish.first), "byUsage": wish.by_usage}),
    AddShortcut: lambda wish: ("addShortcut", {"target": wish.target}),
    FilterContent: lambda wish: ("filterContent", {"include": list(wish.include), "exclude": list(wish.exclude)}),
    SetDifficulty: lambda wish: ("setDifficulty", {"level": wish.level.value}),
    RecommendFeature: lambda wish: ("recommendFeature", {"feature": wish.feature}),
    SetParameter: lambda wish: ("setParameter", {"key": wish.key, "value": wish.value}),
}
