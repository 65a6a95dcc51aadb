import pytest

from tests.docs import walking
from tests.docs.__main__ import _stale, groups, pages
from tests.docs.blocks import Command
from tests.docs.table import LISTED, SHORTENED, Rule
from tests.docs.walking import first_rule, missing_line, shortened, walk


def what(outcomes):
    return [(o.command.text.split("\n")[0], o.what) for o in outcomes]


@pytest.fixture
def walked(tmp_path, monkeypatch):
    monkeypatch.setattr(walking, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)

    def run(text, **options):
        (tmp_path / "page.md").write_text(text)
        return list(walk("page.md", **options))

    return run


def test_commands_are_run_and_their_output_is_held_against_the_page(walked):
    page = "```sh\ncat > a <<'END'\none\nEND\ncat a\n```\n\n```text\n{}\n```\n"
    assert [o.what for o in walked(page.format("one"))] == ["run", "run", "run"]
    assert [o.what for o in walked(page.format("two"))] == ["run", "run", "failed"]


def test_output_of_ctbone_goes_where_the_line_says(walked, tmp_path):
    (outcome,) = walked("```sh\nctbone presets --show wu2025 > wu2025.yaml\n```\n")
    assert outcome.what == "run"
    assert "backbone: densenet121" in (tmp_path / "wu2025.yaml").read_text()


def test_a_command_that_fails_is_told_and_the_next_one_run(walked):
    first, second = walked("```sh\nctbone index --export nowhere --out out\ncat page.md\n```\n")
    assert (first.what, second.what) == ("failed", "run")
    assert "ended with 2: ctbone: the export must be a folder, got nowhere" in first.said


def test_a_command_that_is_neither_run_nor_listed_fails(walked):
    (outcome,) = walked("```sh\nkubectl apply -f ctbone.yaml\n```\n")
    assert outcome.what == "failed"
    assert "'kubectl' is neither run nor listed" in outcome.said


def test_a_command_that_an_earlier_page_ran_is_not_run_again(walked):
    (outcome,) = walked("```sh\ncat page.md\n```\n", done={"cat page.md"})
    assert outcome.what == "again"


def test_python_is_run_and_prose_is_checked(walked):
    found = walked("```python\nraise ValueError('no')\n```\nGive `--nothing-of-ours`.\n")
    assert what(found) == [("raise ValueError('no')", "failed"), ("--nothing-of-ours", "failed")]


def test_what_is_listed_is_held_against_the_parser(walked, monkeypatch):
    monkeypatch.setattr(walking, "LISTED", (Rule("page.md", "^ctbone", reason="long"),))
    good, bad = walked("```sh\nctbone index --export a --out b\nctbone index --exprot a\n```\n")
    assert (good.what, good.said) == ("listed", "long")
    assert bad.what == "failed"


def test_commands_are_shortened_and_placeholders_filled():
    typed = Command("docs/screening.md", 1, "ctbone screen --export /path/to/export --out o  # x")
    assert shortened(typed) == "ctbone screen --export export --out o --workers 0"


@pytest.mark.parametrize(
    ("shown", "missing"),
    [("a b\nd", None), ("d\na  b", "a  b"), ("c ... e", "c ... e"), ("a ...", None)],
)
def test_what_is_shown_has_to_be_printed_in_its_order(shown, missing):
    assert missing_line(shown, "a   b\nc\nd\n") == missing


def test_tutorials_share_a_folder_and_other_pages_have_their_own():
    first, second = "docs/tutorials/a.md", "docs/tutorials/b.md"
    code = "docs/tutorials/add-a-backbone.md"
    chosen = ["README.md", first, code, second]
    assert groups(chosen) == [[first, second], ["README.md"], [code]]
    assert set(pages()) >= {"README.md", "docs/screening.md"}


def test_a_rule_about_nothing_is_named():
    assert len(_stale([])) == len(LISTED) + len(SHORTENED)
    outcome = walking.Outcome(Command("README.md", 1, "scripts/demo"), "listed")
    assert not any("scripts/demo" in rule for rule in _stale([outcome]))


def test_the_first_rule_that_fits_counts():
    rules = (Rule("docs/*", "^a"), Rule("*", "^a", reason="second"))
    assert first_rule(rules, Command("README.md", 1, "a b")).reason == "second"
    assert first_rule(rules, Command("README.md", 1, "b a")) is None
