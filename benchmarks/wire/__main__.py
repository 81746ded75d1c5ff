"""Prints the table of the wire, each figure beside its floor or peer of the same run: `make bench-wire`."""

from __future__ import annotations

import argparse
import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING

from benchmarks.tables import machine
from benchmarks.wire import events, live, queries, stores
from benchmarks.wire.rows import HEAD, Row

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

GROUPS: Mapping[str, Callable[[], Awaitable[list[Row]]]] = {
    "hello": lambda: queries.measure(with_peers=False),
    "peers": lambda: queries.measure(with_peers=True),
    "live": live.measure,
    "events": events.measure,
    "stores": stores.measure,
}
"""`peers` includes `hello`: both are measured in the same rounds."""
IN_FULL = tuple(name for name in GROUPS if name != "hello")


VERSIONS_OF = ("uvicorn", "uvloop", "httptools", "websockets", "graphql-core", "asyncpg")


def versions() -> str:
    return ", ".join(f"{name} {version(name)}" for name in VERSIONS_OF)


async def main(groups: list[str]) -> None:
    print(f"{machine()}; {versions()}; medians of rounds, least and most in brackets\n")
    print(HEAD, flush=True)
    for group in groups:
        for row in await GROUPS[group]():
            print(row.line, flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="make bench-wire", description=__doc__)
    arguments.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="what to measure; left out: everything")
    asyncio.run(main(arguments.parse_args().groups or list(IN_FULL)))
