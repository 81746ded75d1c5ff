"""When is a config answered again just as it was before, and what is noted when it is?"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from resolvers.configs import reaches

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.model.configs import ConfigSource
    from domain.model.profiles import Profile
    from domain.use_cases.configs import Remembered
    from resolvers.context import RequestContext


def made_from(context: RequestContext) -> RepeatedConfig | None:
    """What an operation was answered from that answered one config; `None` where that is not remembered."""
    if len(context.configs) != 1:
        return None
    (answered,) = context.configs
    remembered = answered.remembered() if answered.remembered is not None else None
    return None if remembered is None else RepeatedConfig(context, remembered, answered.source)


class RepeatedConfig:
    """A config in memory that is answered to one principal again and again.

    Everything that an answer shows of it - the config, its instants, the names of the rules that decided it - is
    determined by the remembered config, which is replaced with every new revision of the profile and the rules, and
    dropped when the user is forgotten.
    """

    __slots__ = ("_applications", "_decide", "_reaches_user", "_remembered", "_source")

    def __init__(self, context: RequestContext, remembered: Remembered, source: ConfigSource) -> None:
        self._decide = context.use_cases.decide
        self._applications = context.use_cases.applications
        self._reaches_user = reaches(context.principal, remembered.key[0])
        self._source = source
        self._remembered = weakref.ref(remembered)

    def is_current(self) -> bool:
        remembered = self._remembered()
        return remembered is not None and _is_nobodys_alias(self._decide.repeats(remembered, self._source))

    def again(self) -> bool:
        """A config from memory counts as delivered like one that was looked up by a resolver."""
        remembered = self._remembered()
        if remembered is None:
            return False
        profile = self._decide.repeat(remembered, self._source)
        if not _is_nobodys_alias(profile):
            return False
        if self._reaches_user:
            self._applications.note(remembered.key[0], remembered.config, profile)
        return True

    def call_at_end(self, end: Callable[[], None]) -> None:
        remembered = self._remembered()
        if remembered is None:
            end()
        else:
            self._remembered = weakref.ref(remembered, lambda _: end())


def _is_nobodys_alias(profile: Profile | None) -> bool:
    """What is asked of an alias may be answered of somebody else."""
    return profile is not None and profile.linked_to is None
