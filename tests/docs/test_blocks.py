import pytest

from tests.docs.blocks import blocks, commands, mentions

PAGE = """# A page

```sh
ctbone index --export a \\
  --out b          # continued
# nothing to run
cat > file.csv <<'END'
study,tp
END
```

```text
what it prints
```

Prose with `ctbone screen --export
/path` and `--masks` and `a word`.

```python
print(1)
```
"""


def test_a_page_falls_into_its_blocks():
    found = blocks("page.md", PAGE)
    assert [(b.language, b.line, b.follows) for b in found] == [
        ("sh", 3, False),
        ("text", 12, True),
        ("python", 19, False),
    ]


def test_commands_are_whole_with_their_continuations_and_documents():
    first, second = commands(blocks("page.md", PAGE)[0])
    assert first.words == ["ctbone", "index", "--export", "a", "--out", "b"]
    assert second.text == "cat > file.csv <<'END'\nstudy,tp\nEND"
    assert (first.place, second.place) == ("page.md:4", "page.md:7")


def test_python_is_one_command_and_output_none():
    _, shown, python = blocks("page.md", PAGE)
    assert [c.text for c in commands(python)] == ["print(1)\n"]
    assert list(commands(shown)) == []


def test_prose_mentions_commands_and_options():
    found = list(mentions("page.md", PAGE))
    assert [(c.line, c.text) for c in found] == [
        (16, "ctbone screen --export /path"),
        (17, "--masks"),
    ]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```\nctbone index\n```\n", "page.md:1: a block of code must say which of sh, python"),
        ("```bash\nctbone index\n```\n", "got 'bash'"),
        ("Type\n\n    ctbone index\n", "got one of spaces: ctbone index"),
    ],
)
def test_a_block_must_say_what_it_holds(page, message):
    with pytest.raises(ValueError, match=message):
        blocks("page.md", page)
