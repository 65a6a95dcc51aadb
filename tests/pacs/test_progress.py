import io
from pathlib import Path

import pytest
from rich.console import Console

from ctbone.pacs import progress
from ctbone.runs import RunLog


def test_a_folder_is_shown_as_it_is_called(capsys):
    log = RunLog("fetch", None, counts={"fetched": 3}, warnings=["see [/b]"])
    progress.report(log, title="Fetched", where=Path("out/[/a]"))
    said = capsys.readouterr().out
    assert said.endswith("Note: see [/b].\nFiles: out/[/a]\n")
    assert "fetched" in said


@pytest.mark.parametrize("is_terminal", [False, True])
def test_an_address_is_shown_as_it_is_called(monkeypatch, is_terminal):
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=80, markup=False)
    monkeypatch.setattr(progress, "plain_console", lambda **_: console)
    monkeypatch.setattr(progress, "_QUIET_SECONDS", -1.0)
    with progress.shown() as show:
        show("CTBONE on [/a]:11112: nothing yet")
    assert "on [/a]:11112: nothing yet" in written.getvalue()
