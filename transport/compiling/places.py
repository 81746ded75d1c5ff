"""Where in the answer does something stand? Said in plain tuples, which cost a tenth of graphql-core's paths.

Paths are made of them only for those who ask: errors, and resolvers that want to be told everything.
"""

from typing import TypeAlias

from graphql.pyutils import Path

Place: TypeAlias = tuple["Place | None", str | int, str | None]
"""The place above (None: the operation's root), the key or index below it, and the type of which the key is a field."""


def path_of(place: Place) -> Path:
    above, key, typename = place
    return Path(None if above is None else path_of(above), key, typename)
