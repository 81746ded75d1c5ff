"""The documents name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_every_setting_is_explained_in_operations(setting: str) -> None:
    assert re.search(rf"`{setting.upper()}`", OPERATIONS)


def test_the_map_in_the_readme_names_every_folder_of_code() -> None:
    named = set(re.findall(r"^\| `(\w+)/`", README, re.MULTILINE))
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir()
        and not path.name.startswith((".", "__"))
        and path.name not in {"requirements", "build", "dist"}
    }

    assert named == folders


def test_every_decision_record_says_what_enforces_it() -> None:
    for record in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert "- Enforced by: " in record.read_text(), record.name
