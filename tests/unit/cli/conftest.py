"""What every test of the command line starts from."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _an_empty_folder_without_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("ATTUNE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
