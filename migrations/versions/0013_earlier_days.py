"""The earlier days of footprints are stored apart from the latest, which every fold reads and writes."""

import json
from itertools import accumulate
from typing import Any

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_AT_ONCE = 1_000
_SOME = text(
    """
    SELECT user_id, footprint, earlier_days FROM profiles
    WHERE footprint <> ''::bytea AND user_id > :after ORDER BY user_id LIMIT :limit
    """
)
_SAVE = text("UPDATE profiles SET footprint = :footprint WHERE user_id = :user_id")


def upgrade() -> None:
    # Footprints as they were are still read, and take the new form when something is folded into them.
    op.execute("ALTER TABLE profiles ADD COLUMN earlier_days bytea")


def downgrade() -> None:
    connection, after = op.get_bind(), ""
    while rows := connection.execute(_SOME, {"after": after, "limit": _AT_ONCE}).all():
        saved = [{"user_id": row.user_id, "footprint": _whole(row.footprint, row.earlier_days)} for row in rows]
        connection.execute(_SAVE, saved)
        after = rows[-1].user_id
    op.execute("ALTER TABLE profiles DROP COLUMN earlier_days")


def _whole(latest: bytes, earlier: bytes | None) -> bytes:
    """The document of version 1, in which all days are together."""
    version, present, *columns = json.loads(latest)
    if version == 1:
        return latest
    parts = [json.loads(part) for part in (earlier or b"").split(b"\n") if part]
    return json.dumps([1, present, *_joined([part for part in (*parts, columns[1:]) if part])]).encode()


def _joined(parts: list[list[list[Any]]]) -> list[list[Any]]:
    """The columns of all parts as those of one."""
    if not parts:
        return []
    days = [day for gaps, *_ in parts for day in accumulate(gaps)]
    names = sorted({name for part in parts for name in part[5]})
    place = {name: number for number, name in enumerate(names)}
    stood = [standing for part in parts for standing in part[7]]
    return [
        [later - earlier for earlier, later in zip([0, *days], days, strict=False)],
        *([number for part in parts for number in part[column]] for column in range(1, 5)),
        names,
        [_renamed(uses, part[5], place) for part in parts for uses in part[6]],
        stood,
        [stood.index(part[7][number]) for part in parts for number in part[8]],
    ]


def _renamed(uses: Any, names: list[str], place: dict[str, int]) -> Any:
    """Numbers of names and counts, in turns; 0 for none."""
    return uses and [each if at % 2 else place[names[each]] for at, each in enumerate(uses)]
