import sys

import pytest

from ctbone.cli import COMMANDS
from tests.docs.__main__ import pages
from tests.docs.checking import ROOT

SITE = ROOT / "docs" / "site"


@pytest.fixture
def site(monkeypatch):
    monkeypatch.syspath_prepend(SITE)
    import commands
    import stage

    yield commands, stage
    for name in ("commands", "stage"):
        del sys.modules[name]


def test_a_page_of_a_command_has_its_options_as_the_parser_takes_them(site):
    page = site[0].command_page("export")
    assert page.startswith("# ctbone export\n")
    assert "| `--tables` | a path | **required** | " in page
    assert "--help" not in page


def test_groups_of_options_have_their_own_tables(site):
    page = site[0].command_page("screen")
    assert "## When a vertebra is not measured; docs/trust.md says what each" in page
    assert "| `--trust.hole_mm3` | a number | `200.0` | Largest hole that texture leaves" in page
    assert "| `--pictures` | true or false | `true` | " in page


def test_every_page_stands_in_the_table_of_contents():
    listed = (SITE / "index.md").read_text(encoding="utf-8")
    assert [page for page in pages() if page.removesuffix(".md") not in listed] == []


def test_pages_are_staged_in_their_places(site, tmp_path, monkeypatch):
    commands, stage = site
    monkeypatch.setattr(commands, "command_pages", lambda: iter([("commands/index", "# ctbone")]))
    monkeypatch.setattr(stage, "ROOMS", ("anatomy",))
    (tmp_path / "stale.md").touch()
    stage.stage(tmp_path)
    for name in ("index", "README", "docs/screening", "ctbone/weights/localiser"):
        assert (tmp_path / f"{name}.md").is_file()
    assert (
        ".. automodule:: ctbone.anatomy" in (tmp_path / "reference/python/anatomy.md").read_text()
    )
    assert not (tmp_path / "stale.md").exists()
    assert set(COMMANDS) > {"index"}
