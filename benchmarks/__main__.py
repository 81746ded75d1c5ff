"""Measures everything and prints each figure beside its floor: `make bench`."""

from __future__ import annotations

import asyncio

from benchmarks import configs, exposures, operations, pushes, tracking
from benchmarks.engines import broadcaster, hello_world, measured_engine
from benchmarks.tables import Figure, machine, show


def main() -> None:
    figures: list[Figure] = asyncio.run(operations.measure())
    with measured_engine() as engine:
        with hello_world() as hello:
            figures += asyncio.run(configs.measure(engine, hello.port))
        figures += asyncio.run(tracking.measure(engine))
        with broadcaster() as broadcast:
            figures += asyncio.run(pushes.measure(engine, broadcast.port))
        figures += asyncio.run(exposures.measure(engine))
    show(f"Attune on {machine()}; client and server share the machine", figures)


if __name__ == "__main__":
    main()
