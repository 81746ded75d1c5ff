"""Where do the embedded servers listen? On Unix sockets that only their own account may open."""

import contextlib
import hashlib
import os
import re
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.embedded.accounts import Account
from app.embedded.refusals import EmbeddedRefused

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing NUL included.
SOCKET_PATH_LIMIT_BYTES = 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
# Commas separate hosts in connection strings, and the like: no quoting is better than three kinds of it.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+=@-]+")


def socket_directory(data_dir: Path, account: Account) -> Path:
    """Return a private directory for sockets: inside `data_dir`, or a short one under the temporary directory.

    The answer is the same at every start (unless TMPDIR changes), so a restarted server keeps its address.

    Raises:
        EmbeddedRefused: no candidate is short enough, private and on a file system that has sockets.

    """
    for candidate in _candidates(data_dir):
        with contextlib.suppress(OSError):
            directory = account.private_directory(candidate)
            if _is_private(directory, account):
                _try_a_socket(directory)
                return directory
    raise EmbeddedRefused(
        f"no directory for sockets: {data_dir} is too deep or unsuitable, and so is {tempfile.gettempdir()}; "
        "set ATTUNE_DATA_DIR to a shorter path"
    )


def _candidates(data_dir: Path) -> Iterator[Path]:
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    fallback = f"attune-{digest}"
    last_resort = Path("/tmp", fallback)  # noqa: S108 - its owner and mode are checked
    for candidate in (data_dir / "run", Path(tempfile.gettempdir(), fallback), last_resort):
        fits = len(os.fsencode(candidate / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES
        if fits and PLAIN_PATH.fullmatch(str(candidate)):
            yield candidate


def _is_private(directory: Path, account: Account) -> bool:
    status = directory.lstat()
    owner = os.geteuid() if account.user_id is None else account.user_id
    return stat.S_ISDIR(status.st_mode) and status.st_uid == owner and not status.st_mode & 0o077


def _try_a_socket(directory: Path) -> None:
    """Bind one (raising OSError): some network and shared file systems have no sockets."""
    probe = directory / "probe"
    probe.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as trial:
        trial.bind(str(probe))
    probe.unlink()
