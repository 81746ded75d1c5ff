"""Which engine owns a data directory?"""

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from app.embedded.refusals import EmbeddedRefused


@dataclass(slots=True)
class DataDirectoryLock:
    """An exclusive claim on a data directory; the kernel drops it when the owner dies, however it dies."""

    _descriptor: int | None = field(repr=False)

    @classmethod
    def acquire(cls, data_dir: Path) -> Self:
        """Claim `data_dir`.

        Raises:
            EmbeddedRefused: another engine has it; the message names its process.

        """
        descriptor = os.open(data_dir / "engine.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise EmbeddedRefused(
                f"another engine (process {owner}) is using {data_dir}: stop it, "
                "or give this one another ATTUNE_DATA_DIR"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        return cls(descriptor)

    @property
    def is_held(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        """Give the directory up; releasing twice does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
