"""The root folders are the packages: nobody else's distribution may shadow them."""

from __future__ import annotations

import importlib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "transport", "schema", "resolvers", "domain", "persistence", "prediction", "migrations")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_the_name_of_a_root_folder(package: str) -> None:
    assert set(packages_distributions().get(package, ["attune"])) <= {"attune"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_root_folder_is_imported_from_this_checkout(package: str) -> None:
    module = importlib.import_module(package)

    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / package
