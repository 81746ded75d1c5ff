"""What could a user have done so that the variables of a model are what it asks for?

A life begins as one of a few typical ones and is then filled up, measure by measure. Whether it turned out as asked is
for the caller to look at: only what the engine itself makes of these interactions counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.model.conditions import ActivityMeasure
from domain.model.contexts import Context
from domain.model.interactions import Device, InteractionKind
from domain.model.profiles import Profile
from domain.model.segments import SegmentKey
from domain.rules.findings.typical_lives import DAY, LIVES, MINUTE, SOMEBODY, Deed, interactions_of, typical_life
from domain.rules.findings.variables import Topic, Variable, value_in
from domain.rules.profiles import fold
from domain.rules.situations import Situation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from domain.model.profiles import History
    from domain.rules.findings.satisfiability import Model
    from domain.rules.findings.typical_lives import Life, TypicalLife

MAX_ADDED = 120
"""More of one thing than this is not added to a life."""

_OF_PRACTICE = tuple(map(SegmentKey, ("power_user", "goal_oriented", "feature_explorer")))
_HOUR = timedelta(hours=1)


def histories(model: Model, now: datetime) -> Iterator[History]:
    """What typical users would be like, filled up to what the model asks for."""
    device = _usual_device(model)
    for life in range(len(LIVES)):
        typical = typical_life(life, now, device)
        if _may_become(typical, model):
            yield _Living(model, now, device, typical.history).filled_up()


def _may_become(typical: TypicalLife, model: Model) -> bool:
    """Filling up adds no skill and makes nobody a member of a segment that takes practice."""
    practised = ((key, Variable(Topic.SEGMENT, (key,))) for key in _OF_PRACTICE)
    return model.allows(Variable(Topic.SKILL), typical.skill) and all(
        model.allows(segment, None) or model.allows(segment, typical.confidences.get(key)) for key, segment in practised
    )


@dataclass(slots=True)
class _Living:
    model: Model
    now: datetime
    device: Device | None
    history: History

    def filled_up(self) -> History:
        """Variables in an order in which filling up one disturbs those before it little."""
        asked = sorted((v for v in self.model.cells if v.topic in _FILLING), key=_filled_in_order)
        for variable in asked:
            self._fill(variable)
        return self.history

    def _fill(self, variable: Variable) -> None:
        value = value_in(Situation(Profile(SOMEBODY, history=self.history), Context(""), self.now), variable)
        if self.model.allows(variable, value):
            return
        wanted = next((s for s in self.model.samples(variable) if isinstance(s, int | float)), None)
        if wanted is not None and 0 <= (missing := wanted - (value or 0)) <= MAX_ADDED:
            added = _FILLING[variable.topic](self, variable, wanted, int(missing))
            self.history = fold(self.history, interactions_of(added, self.now, self.device)) or self.history

    @property
    def latest(self) -> timedelta:
        """How long ago the user may have been here last."""
        days = self.model.samples(Variable(Topic.LAST_SEEN_DAYS))
        return next((day * DAY for day in days if isinstance(day, int | float)), timedelta()) + MINUTE

    def spread(self, count: int, since: timedelta, until: timedelta) -> Life:
        """Page views in sessions of their own, as far apart as there is room."""
        since = max(since, self.latest)
        return [Deed(since + (until - since) * (number + 1) / (count + 1)) for number in range(count)]


def _times(living: _Living, variable: Variable, _: float, missing: int) -> Life:
    kind, target, days = variable.key
    longest = days * DAY - _HOUR
    shorter = [v.key[2] for v in living.model.cells if v.topic is Topic.DID and v.key[0] == kind]
    ago = max([living.latest, *(day * DAY + _HOUR for day in shorter if day * DAY + _HOUR < longest)])
    return [Deed(min(ago + number * MINUTE / 10, longest), kind, target) for number in range(missing)]


def _uses(living: _Living, variable: Variable, _: float, missing: int) -> Life:
    feature = variable.key[0]
    days = living.model.samples(Variable(Topic.LAST_USED_DAYS, (feature,)))
    ago = next((day * DAY for day in days if isinstance(day, int | float)), timedelta()) + MINUTE
    ago = max(ago, living.latest)
    return [Deed(ago + number * MINUTE / 10, InteractionKind.FEATURE_USE, feature) for number in range(missing)]


def _activity(living: _Living, variable: Variable, wanted: float, missing: int) -> Life:
    match variable.key[0]:
        case ActivityMeasure.SESSIONS_7D | ActivityMeasure.SESSIONS_30D | ActivityMeasure.SESSIONS as measure:
            newest, oldest = _SESSION_DAYS[measure]
            return living.spread(missing, newest * DAY, oldest * DAY)
        case ActivityMeasure.ACTIVE_DAYS:
            return [Deed(living.latest + (number + 1) * DAY) for number in range(missing)]
        case ActivityMeasure.DAYS_SINCE_FIRST_SEEN:
            return [Deed(max(wanted * DAY + _HOUR, living.latest))]
        case ActivityMeasure.VALUE:
            return [Deed(living.latest, value=wanted)]
        case measure:
            kind = InteractionKind.CONVERSION if measure is ActivityMeasure.CONVERSIONS else InteractionKind.PAGE_VIEW
            return [Deed(living.latest + number * MINUTE / 10, kind) for number in range(missing)]


def _seen(living: _Living, *_: object) -> Life:
    return [Deed(living.latest)]


_FILLING: Mapping[Topic, Callable[[_Living, Variable, float, int], Life]] = {
    Topic.DID: _times,
    Topic.USES: _uses,
    Topic.LAST_SEEN_DAYS: _seen,
    Topic.ACTIVITY: _activity,
}
_SESSION_DAYS = {
    ActivityMeasure.SESSIONS_7D: (0, 7),
    ActivityMeasure.SESSIONS_30D: (7, 30),
    ActivityMeasure.SESSIONS: (30, 90),
}
_ORDER = (
    ActivityMeasure.CONVERSIONS,
    ActivityMeasure.VALUE,
    ActivityMeasure.SESSIONS_7D,
    ActivityMeasure.SESSIONS_30D,
    ActivityMeasure.SESSIONS,
    ActivityMeasure.ACTIVE_DAYS,
    ActivityMeasure.DAYS_SINCE_FIRST_SEEN,
    ActivityMeasure.INTERACTIONS,
)


def _filled_in_order(variable: Variable) -> tuple[int, int]:
    if variable.topic is Topic.ACTIVITY:
        return (len(_FILLING), _ORDER.index(variable.key[0]))
    return (list(_FILLING).index(variable.topic), variable.key[2] if variable.topic is Topic.DID else 0)


def _usual_device(model: Model) -> Device | None:
    """The device that a user has to come from to be in the segments that a device makes."""
    for segment, device in (("mobile_first", Device.MOBILE), ("desktop_focused", Device.DESKTOP)):
        if not model.allows(Variable(Topic.SEGMENT, (segment,)), None):
            return device
    return None
