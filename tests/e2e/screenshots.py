"""What do the console and the demo look like, with simulated users in them?"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from domain.model.principals import Role
from tests.faults.processes import ATTUNE, EngineProcess, api_of, engine_process

BROWSER = Path(__file__).parent / "browser"
PICTURES = Path(__file__).parents[2] / "docs" / "screenshots" / "all"


async def take_pictures(names: str) -> None:
    """Of every page, or only of those whose names contain one of these."""
    with tempfile.TemporaryDirectory(prefix="attune-screenshots-") as folder:
        async with engine_process(Path(folder) / "data") as engine:
            await run(str(ATTUNE), "demo", "--embedded", "--data-dir", str(engine.data_dir))
            origin = f"http://127.0.0.1:{engine.port}"
            await run("node", "screenshots.mjs", origin, await admin_token(engine), str(PICTURES), names)


async def admin_token(engine: EngineProcess) -> str:
    async with api_of(engine) as api:
        return api.token("managing-admin", Role.ADMIN)


async def run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, cwd=BROWSER)
    if await process.wait():
        raise SystemExit(f"{command[0]} {command[1]} failed")


if __name__ == "__main__":
    asyncio.run(take_pictures(sys.argv[1] if len(sys.argv) > 1 else ""))
