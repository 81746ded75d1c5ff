"""Does everything that is defined get out of an engine into a file and back, as somebody at a shell does it?"""

from __future__ import annotations

import asyncio
import json
import os
import pty
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.e2e.replays import ATTUNE
from tests.e2e.rules import DARK, LIGHT, active_rule
from tests.engines import unique

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines import Api


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    output: str
    errors: str


async def rules(api: Api, *arguments: object, keyboard: str | None = None) -> Ran:
    """Run `attune rules`. `keyboard`: what is typed at the terminal it then runs in."""
    terminal, standard_input = pty.openpty() if keyboard is not None else (None, asyncio.subprocess.DEVNULL)
    process = await asyncio.create_subprocess_exec(
        *(str(ATTUNE), "rules", *map(str, arguments)),
        env={**os.environ, "ATTUNE_TOKEN": api.as_admin().token},
        stdin=standard_input,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    if terminal is not None and keyboard is not None:
        os.write(terminal, keyboard.encode())
    output, errors = await process.communicate()
    for opened in (terminal, standard_input) if terminal is not None else ():
        os.close(opened)
    assert process.returncode is not None
    return Ran(process.returncode, output.decode(), errors.decode())


def at(api: Api) -> tuple[str, str]:
    return "--url", f"http://127.0.0.1:{api.port}/graphql"


def rule(place: str, **parts: Any) -> dict[str, Any]:
    given = {"key": unique("rule"), "name": "A rule", "status": "ACTIVE", "places": [place], "adaptations": [DARK]}
    return {**given, "condition": {"always": True}, **parts}


def written(file: Path, *found: dict[str, Any]) -> Path:
    file.write_text(json.dumps({"format": "attune.rules", "version": 1, "rules": found}))
    return file


async def mode(api: Api, place: str) -> str:
    query = "query($place:String!){viewer{config(context:{place:$place}){theme{mode}}}}"
    return str((await api.as_user().ask(query, place=place))["viewer"]["config"]["theme"]["mode"])


async def test_an_export_is_the_same_every_time_and_changes_nothing_when_it_is_imported(
    api: Api, tmp_path: Path
) -> None:
    exported = await active_rule(api.as_admin(), unique("place"), DARK, coverage=0.5)
    file = tmp_path / "rules.json"

    shown = await rules(api, "export", *at(api))
    await rules(api, "export", "--output", file, *at(api))
    checked = await rules(api, "check", file)
    again = await rules(api, "import", file, "--prune", *at(api))

    assert (shown.code, shown.errors) == (0, "")
    assert file.read_text() == shown.output
    document = json.loads(shown.output)
    assert exported.input["key"] in [found["key"] for found in document["rules"]]
    assert checked.output.splitlines()[-1].startswith(f"good: {len(document['rules']):,} rules")
    assert (again.code, again.errors) == (0, "")
    assert again.output == f"{len(document['rules']) + len(document['segments']) + 1:,} unchanged\n"


async def test_what_would_change_is_said_and_only_done_when_somebody_says_yes(api: Api, tmp_path: Path) -> None:
    place = unique("place")
    existing = await active_rule(api.as_admin(), place, LIGHT)
    new, key = rule(place, priority=5), existing.input["key"]
    file = written(tmp_path / "rules.json", new, {**existing.input, "name": "Renamed"})
    changes = sorted(
        (
            (key, [f"~ rule {key}", f"    name: from “{key}” to “Renamed”"]),
            (new["key"], [f"+ rule {new['key']}", "    status: active"]),
        )
    )
    told = [*(line for _, lines in changes for line in lines), "1 created, 1 changed, 0 unchanged"]

    looked = await rules(api, "import", file, "--dry-run", *at(api))
    nobody = await rules(api, "import", file, *at(api))
    declined = await rules(api, "import", file, *at(api), keyboard="n\n")
    assert await mode(api, place) == "LIGHT"
    agreed = await rules(api, "import", file, *at(api), keyboard="y\n")

    assert (looked.code, looked.output.splitlines()) == (0, told)
    assert (nobody.code, nobody.errors) == (
        1,
        "attune: 2 changes need a yes: look at them, then run this with --yes\n",
    )
    assert (declined.code, declined.errors) == (1, "attune: nothing was imported\n")
    assert agreed.code == 0
    assert agreed.output.endswith("imported: 1 created, 1 changed, 0 unchanged\n")
    assert await mode(api, place) == "DARK"
    assert (await rules(api, "import", file, *at(api))).output == "2 unchanged\n"


async def test_a_script_says_yes_beforehand(api: Api, tmp_path: Path) -> None:
    place = unique("place")
    ran = await rules(api, "import", written(tmp_path / "rules.json", rule(place)), "--yes", *at(api))
    assert (ran.code, ran.output.splitlines()[-1]) == (0, "imported: 1 created, 0 unchanged")
    assert await mode(api, place) == "DARK"


async def test_problems_are_told_by_their_place_in_the_file(api: Api, tmp_path: Path) -> None:
    file = written(tmp_path / "rules.json", rule("x", coverage=3), rule("x", key="no key"))
    for command in (("check",), ("import", "--yes", *at(api))):
        ran = await rules(api, command[0], file, *command[1:])
        assert (ran.code, ran.output) == (1, "")
        assert [line.partition(": ")[2].partition(": ")[0] for line in ran.errors.splitlines()] == [
            "rules.0.coverage",
            "rules.1.key",
        ]


async def test_features_of_growthbook_are_imported_from_the_file_that_its_sdks_read(api: Api, tmp_path: Path) -> None:
    feature, file = unique("feature"), tmp_path / "features.json"
    definition = {"defaultValue": "old", "rules": [{"id": "fr_1", "condition": {"country": "AT"}, "force": "new"}]}
    file.write_text(json.dumps({"status": 200, "features": {feature: definition}, "savedGroups": {}}))

    ran = await rules(api, "import", file, "--from", "growthbook", "--yes", *at(api))

    assert ran.code == 0
    assert ran.output.splitlines() == [
        "note: send with every config request, as attributes of its context: country",
        "~ catalogue",
        f"    parameters: added {feature}",
        f"+ rule {feature}:fr_1",
        "    status: active",
        "1 created, 1 changed, 0 unchanged",
        "imported: 1 created, 1 changed, 0 unchanged",
    ]
    query = 'query($sent:JSON){viewer{config(context:{place:"x",attributes:$sent}){parameters}}}'
    for country, value in (("AT", "new"), ("DE", "old")):
        answer = await api.as_user().ask(query, sent={"country": country})
        assert answer["viewer"]["config"]["parameters"][feature] == value
