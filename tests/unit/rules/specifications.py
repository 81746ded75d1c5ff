"""Where are the cases that specify behaviour as data?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]
_OWN = _ROOT / "tests" / "specifications"
_SHARED = _ROOT.parent / "shared" / "vectors" / "growthbook" / "cases.json"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one of the files in `tests/specifications`."""
    loaded: list[dict[str, Any]] = json.loads((_OWN / f"{name}.json").read_text())
    return loaded


def growthbook_cases(section: str) -> list[list[Any]]:
    """GrowthBook's own cases of a section, where they lie beside the repository; none elsewhere.

    The project's own files cover the same ground, so that nothing is lost where these are missing.
    """
    loaded: dict[str, list[list[Any]]] = json.loads(_SHARED.read_text()) if _SHARED.exists() else {}
    return loaded.get(section, [])
