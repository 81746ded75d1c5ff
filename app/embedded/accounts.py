"""As which operating system account do the embedded servers run?"""

import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from app.embedded.refusals import EmbeddedRefused

UNPRIVILEGED = "nobody"
PASSAGE = "+dac_override"


@dataclass(frozen=True, slots=True)
class Account:
    """Who owns the data and runs the servers; `user_id` None means the engine's own account.

    PostgreSQL refuses to run as root, so an engine started by root hands its servers to an unprivileged
    account that every system has, instead of adding a user to the machine.
    """

    user_id: int | None = None
    group_id: int | None = None

    @classmethod
    def owning(cls, directory: Path) -> Self:
        """Return whoever owns `directory` already, so that a data directory never changes hands."""
        if os.geteuid() != 0:
            return cls()
        if directory.exists() and (owner := directory.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        entry = pwd.getpwnam(UNPRIVILEGED)
        return cls(entry.pw_uid, entry.pw_gid)

    def private_directory(self, directory: Path) -> Path:
        """Create `directory` (mode 0700) for this account."""
        directory.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
        self.take(directory)
        return directory

    def take(self, path: Path) -> None:
        """Make `path` this account's."""
        if self.user_id is not None and self.group_id is not None:
            os.chown(path, self.user_id, self.group_id)

    def launch(self, command: Sequence[str], reaching: Sequence[Path]) -> "Launch":
        """Say how to start `command` as this account, able to enter the folders above `reaching`.

        A checkout below /root is closed to everybody else. Rather than opening the administrator's home, the
        server keeps the one capability that lets it pass.

        Raises:
            EmbeddedRefused: a folder is closed and the system has no `setpriv` (util-linux).

        """
        if self.user_id is None:
            return Launch(list(command), None, None, None)
        if all(_is_open_above(path) for path in reaching):
            return Launch(list(command), self.user_id, self.group_id, [])
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise EmbeddedRefused(
                f"root cannot hand the embedded servers to {UNPRIVILEGED!r}: a folder above {reaching[-1]} is closed "
                "to it and setpriv (util-linux) is missing; run the engine as an ordinary user"
            )
        identity = [f"--reuid={self.user_id}", f"--regid={self.group_id}", "--clear-groups"]
        capabilities = [f"--inh-caps={PASSAGE}", f"--ambient-caps={PASSAGE}"]
        return Launch([setpriv, *identity, *capabilities, *command], None, None, None)


class Launch(NamedTuple):
    """A command with the `user`, `group` and `extra_groups` that `subprocess` has to switch to."""

    command: list[str]
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _is_open_above(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
