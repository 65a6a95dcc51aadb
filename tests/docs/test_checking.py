import pytest

from tests.docs.checking import check, ctbone_words, parse


@pytest.mark.parametrize(
    "line",
    [
        "ctbone screen --export a --trust.hole_mm3 300",
        "ctbone COMMAND --help",
        "ctbone train --fit.help",
        "scripts/demo --patients 4",
        "scripts/compare --quick --arms a",
        "python -m benchmarks.localiser --speed",
        "python scripts/gallery.py --out a",
        "--deliver sr seg",
        "--trust.*",
        "--gpus all",
    ],
)
def test_what_exists_passes(line):
    check(line.split())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ctbone scan --export a", "there is no command 'scan'"),
        ("ctbone screen --exprot a", "ctbone screen has no option --exprot"),
        ("scripts/demo --fast", "ctbone demo has no option --fast"),
        ("scripts/nothing", "there is no scripts/nothing"),
        ("python -m benchmarks.nothing", "there is no benchmarks/nothing"),
        ("python -m benchmarks.localiser --fast", "benchmarks/localiser has no option --fast"),
        ("--no-such-option", "no command, benchmark or script has an option --no-such-option"),
    ],
)
def test_what_does_not_exist_is_named(line, message):
    with pytest.raises(ValueError, match=message):
        check(line.split())


def test_values_are_held_against_the_parser():
    parse(["index", "--export", "a", "--out", "b"])
    with pytest.raises(ValueError, match="expected a whole number, found many"):
        parse(["simulate", "--out", "a", "--patients", "many"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("docker run --rm ctbone:cpu index --export a", ["index", "--export", "a"]),
        ("ctbone index --out a  # comment", ["index", "--out", "a"]),
        ("docker build -t ctbone:cpu .", None),
        ("docker compose up", None),
    ],
)
def test_the_words_of_ctbone_are_found_in_a_longer_line(text, words):
    assert ctbone_words(text) == words
