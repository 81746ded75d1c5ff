"""What does a process that only runs the embedded servers do? It says so, and waits to be ended."""

import json
import sys
from pathlib import Path

from app.embedded.services import start_embedded
from app.embedded.signals import terminating_as_exit


def main() -> None:
    with terminating_as_exit(), start_embedded(Path(sys.argv[1])) as services:
        started = {
            "database_url": services.database_url,
            "redis_url": services.redis_url,
            "postgres": services.postgres.process_id,
            "redis": services.redis.process_id,
        }
        sys.stdout.write(json.dumps(started) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
