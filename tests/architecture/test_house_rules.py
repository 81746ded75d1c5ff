"""The house rules that no linter of the trade knows."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = (
    "app",
    "transport",
    "schema",
    "resolvers",
    "domain",
    "persistence",
    "prediction",
    "migrations",
    "tests",
    "benchmarks",
)
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 70
VAGUE_NAMES = {"utils", "helpers", "common", "manager", "base", "models", "types"}
SHOWS_NOTHING = re.compile(
    r"#\s*(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError\b"
    r"|pytest\.mark\.(skip|xfail)|pytest\.skip\(|type: ignore(?!\[)"
)
PICKLES = re.compile(
    r"^\s*(?:import|from) (?:c?[pP]ickle|dill|joblib|cloudpickle|shelve|marshal)\b"
    r"|np\.(?:load|save)\((?![^()]*(?:\([^()]*\)[^()]*)*allow_pickle=False)",
    re.MULTILINE,
)
# Words like these point at a machine or a registry, not at the project.
FOREIGN = re.compile(r"(?<![\w.])/(?:work|farm)/[a-z.]|pypi\.org|registry\.npmjs\.org|files\.pythonhosted")


def _tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def _modules() -> list[Path]:
    return [p for p in _tracked() if p.suffix == ".py" and p.relative_to(ROOT).parts[0] in CODE]


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", _modules(), ids=_id)
def test_a_module_is_short_and_so_are_its_functions(path: Path) -> None:
    text = path.read_text()
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= MAX_FUNCTION_LINES]

    assert text.count("\n") <= MAX_MODULE_LINES
    assert long == []


@pytest.mark.parametrize("path", _modules(), ids=_id)
def test_a_module_says_in_its_first_line_which_question_it_answers(path: Path) -> None:
    text = path.read_text()

    assert not text.strip() or ast.get_docstring(ast.parse(text)) or path.name == "conftest.py"


@pytest.mark.parametrize("path", _modules(), ids=_id)
def test_a_module_leaves_nothing_for_later_and_skips_nothing(path: Path) -> None:
    if path != Path(__file__):
        assert SHOWS_NOTHING.findall(path.read_text()) == []


@pytest.mark.parametrize("path", _modules(), ids=_id)
def test_nothing_is_pickled(path: Path) -> None:
    """What is read from a pickle may do anything; numpy pickles arrays of objects unless told not to."""
    if path != Path(__file__):
        assert PICKLES.findall(path.read_text()) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [_id(path) for path in _modules() if path.stem in VAGUE_NAMES and "schema/types" not in _id(path)]

    assert vague == []


def test_no_file_names_a_machine_path_or_a_registry() -> None:
    texts = [path for path in _tracked() if path.suffix not in {".png", ".woff2", ".ico"} and path != Path(__file__)]
    foreign = [_id(path) for path in texts if FOREIGN.search(path.read_text(errors="ignore"))]

    assert foreign == []


def test_every_test_belongs_to_a_half_of_make_test() -> None:
    halves = re.findall(r"pytest -q \$\(addprefix tests/,([a-z0-9 ]+)\)", (ROOT / "Makefile").read_text())
    named = [folder for half in halves for folder in half.split()]
    folders = {path.relative_to(ROOT / "tests").parts[0] for path in _modules() if path.name.startswith("test_")}

    assert sorted(named) == sorted(folders)


def test_the_web_writes_figures_one_way() -> None:
    own = re.compile(r"new Intl\.\w+Format\b|\.to(?:Fixed|Precision|Locale\w*)\(")
    sources = [p for p in _tracked() if p.suffix in {".ts", ".tsx"} and p.relative_to(ROOT).parts[0] == "web"]
    assert [_id(p) for p in sources if own.search(p.read_text())] == ["web/packages/interface/src/figures.ts"]
