"""What commands say at their end stands there as it is, whatever it is."""

import io

from rich.console import Console

from ctbone import telling
from ctbone.telling import count_table, first_notes, noted, plain_console, tell

PATH = f"out/[old] [/a]/:warning:/{'x' * 100}"
PLAIN = {"markup": False, "emoji": False, "color_system": None}


def test_no_text_is_read_as_markup_and_none_is_broken(capsys):
    table = count_table({"[bold]": 3}, of="[/b] :x:", title="[i]Done")
    tell(table, notes=noted([f"see {PATH}"]), lines=[f"Files: {PATH}"])
    said = capsys.readouterr().out
    assert said.endswith(f"Note: see {PATH}.\nFiles: {PATH}\n")
    assert said.splitlines()[0].rstrip() == "[i]Done"
    assert all(text in said for text in ("[bold]", "[/b] :x:", "3"))


def test_a_terminal_breaks_notes_between_words_and_paths_nowhere(monkeypatch):
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=12, **PLAIN)
    monkeypatch.setattr(telling, "plain_console", lambda: console)
    tell(notes=["a sentence of many words"], lines=[PATH])
    *note, path, rest = written.getvalue().split("\n")
    assert [line.strip() for line in note] == ["a sentence", "of many", "words"]
    assert (path, rest) == (PATH, "")


def test_of_many_notes_the_first_are_shown_and_the_others_counted():
    notes = [str(number) for number in range(10)]
    assert [*first_notes(notes, rest="a.json")] == [*"01234567", "2 further notes in a.json"]
    assert [*first_notes(notes[:9], rest="a.json")][-1] == "1 further note in a.json"
    assert [*first_notes(notes[:8], rest="a.json")] == notes[:8]


def test_what_is_shown_on_the_way_goes_to_standard_error(capsys):
    plain_console(stderr=True).print("[/a] :x:")
    assert capsys.readouterr() == ("", "[/a] :x:\n")
