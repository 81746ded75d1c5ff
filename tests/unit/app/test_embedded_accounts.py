"""Under which account, and with which rights, would the embedded servers run?"""

import os
from pathlib import Path

from app.embedded.accounts import PASSAGE, Account

NOBODY = Account(65_534, 65_534)


def test_an_ordinary_user_runs_the_servers_as_oneself(tmp_path: Path) -> None:
    assert Account().launch(["server", "-x"], reaching=[tmp_path]) == (["server", "-x"], None, None, None)


def test_an_unprivileged_account_gets_no_capability_where_folders_are_open() -> None:
    assert NOBODY.launch(["server"], reaching=[Path("/usr")]) == (["server"], 65_534, 65_534, [])


def test_a_closed_folder_on_the_way_is_passed_by_one_capability_and_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    launch = NOBODY.launch(["server"], reaching=[closed / "data"])
    assert Path(launch.command[0]).name == "setpriv"
    assert f"--ambient-caps={PASSAGE}" in launch.command
    assert launch.command[-1] == "server"
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_data_directory_stays_with_its_owner(tmp_path: Path) -> None:
    account = Account.owning(tmp_path)
    assert account.user_id != 0
    assert account.user_id is None or os.geteuid() == 0
