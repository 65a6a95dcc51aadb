import pytest

from ctbone.api.shown import Picture, folded_notes
from ctbone.pages import Folded, Note


def test_of_many_notes_all_but_the_first_are_folded_away():
    assert folded_notes("abc") == tuple(map(Note, "abc"))
    *first, rest = folded_notes("abcdefg")
    assert first == [*map(Note, "abc")]
    assert rest == Folded(summary="4 further notes", blocks=tuple(map(Note, "defg")))


def test_a_picture_that_cannot_be_kept_is_one_sentence(tmp_path):
    picture = Picture(content=b"x", form="png", alt="x")
    with pytest.raises(FileNotFoundError, match="expected a file or a folder, found nothing at"):
        picture.save(tmp_path / "absent" / "x.png")
    with pytest.raises(ValueError, match="path: expected a path, found an empty path"):
        picture.save("")
