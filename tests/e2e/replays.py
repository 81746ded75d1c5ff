"""How do tests run `attune replay`, as somebody at a shell does?"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import orjson

ATTUNE = Path(sys.executable).parent / "attune"


async def replayed(log: Path, url: str, token: str, *options: str) -> dict[str, Any]:
    """Replay `log` to the end; the summary."""
    process = await asyncio.create_subprocess_exec(
        *(str(ATTUNE), "replay", str(log), "--url", url, "--json", *options),
        env={**os.environ, "ATTUNE_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    summary: dict[str, Any] = orjson.loads(output)
    return summary


def counted(summary: dict[str, Any]) -> dict[str, int]:
    """What became of the lines."""
    return {name: summary[name] for name in ("lines", "accepted", "duplicates", "refused")}
