from ctbone.api.shown import folded_notes
from ctbone.pages import Folded, Note


def test_of_many_notes_all_but_the_first_are_folded_away():
    assert folded_notes("abc") == tuple(map(Note, "abc"))
    *first, rest = folded_notes("abcdefg")
    assert first == [*map(Note, "abc")]
    assert rest == Folded(summary="4 further notes", blocks=tuple(map(Note, "defg")))
