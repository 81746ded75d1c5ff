"""Whom does an event tell the very same? A config that many users get is put into words once."""

from collections.abc import Hashable

from resolvers.context import RequestContext
from resolvers.rules import may_read_rules
from schema.types.configs import ConfigUpdate

DECIDED_AT = "decidedAt"
HOLDS_UNTIL = "holdsUntil"


def shared_by(event: object, context: RequestContext, fields: frozenset[str]) -> Hashable | None:
    """Everything that an answer about this event depends on, besides the operation and its variables.

    `Config.revision` stands for what is shown and why; the rules that it names are those of one rule set revision.
    The instants differ from user to user, so they count only where they are asked for.
    """
    if not isinstance(event, ConfigUpdate):
        return None
    config = event.config
    rules = context.use_cases.rules
    return (
        config.revision,
        config.source,
        event.cause,
        tuple(event.changed_slots),
        rules.known.rule_set.revision if rules.is_loaded else None,
        may_read_rules(context),
        config.decided_at if DECIDED_AT in fields else None,
        config.holds_until if HOLDS_UNTIL in fields else None,
    )
