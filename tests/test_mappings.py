from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pytest

from ctbone.mappings import read_mapping, read_record, to_record


@dataclass(frozen=True, kw_only=True)
class Line:
    name: str
    kind: Literal["a", "b"]
    slope: float
    kvp: float | None = None
    pairs: int | None = None
    is_new: bool = False

    def __post_init__(self):
        if self.slope < 0.0:
            raise ValueError(f"slope must not be negative, got {self.slope}")


LINE = ("name: x", "kind: a", "slope: 1")


def _write(tmp_path, content):
    path = tmp_path / "line.yaml"
    path.write_bytes(content)
    return path


def test_a_record_is_read_with_its_kinds(tmp_path):
    text = "\ufeffname: é\nkind: b\nslope: 8e-1\nkvp: 120\npairs: null\n"
    found = read_record(_write(tmp_path, text.encode()), Line)
    assert found == Line(name="é", kind="b", slope=0.8, kvp=120.0)
    assert isinstance(found.kvp, float)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line.yaml: expected a mapping of keys, found an empty file"),
        (b"- 1\n", "line.yaml: expected a mapping of keys, found a list"),
        (b"name: x\n\xff: 1\n", "line.yaml, line 2: expected text in UTF-8, found byte 0xff"),
        (b"name: x\nslope: [1,\nkvp: 2\n", "line.yaml, line 4 is not YAML: .*sequence, line 2"),
        (b"a: 1\nb: c: 2\n", "line.yaml, line 2 is not YAML: mapping values are not"),
        (b"a: 1\nb: \x01\n", "line.yaml, line 2 is not YAML: found the control character 0x01"),
        (b"a: *b\n", "line.yaml, line 1 is not YAML: found undefined alias"),
        (b"? [a]\n: 1\n", "line.yaml, line 1 is not YAML: found unhashable key"),
        (b"a: 1\nb: 2\na: 3\n", "line.yaml, line 3 .* the key 'a' a second time, first on line 1"),
        (b"a:\n- {b: 1,\n  b: 2}\n", "line.yaml, line 3 is not YAML: found the key 'b' a second"),
        (b"{a: 1, a: 2}\n", "line.yaml, line 1 is not YAML: found the key 'a' a second time"),
        (b"a: 2024-13-45\n", "line.yaml is not YAML: month must be"),
        (b"[" * 4000, "line.yaml is not YAML: maximum recursion"),
    ],
)
def test_what_is_no_mapping_is_named_with_its_line_in_one_sentence(tmp_path, content, message):
    with pytest.raises(ValueError, match=message) as fault:
        read_mapping(_write(tmp_path, content))
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("kind: c", r"kind must be one of \['a', 'b'\], got 'c'"),
        ("kind: [a]", "kind must be one of"),
        ("slope: steep", "slope must be a number, got 'steep'"),
        ("slope: true", "slope must be a number, got True"),
        ("slope: null", "slope must be a number, got None"),
        ("slope: -1", "slope must not be negative"),
        ("name: 3", "name must be of type str, got 3"),
        ("pairs: 2.5", "pairs must be of type int, got 2.5"),
        ("is_new: 1", "is_new must be of type bool, got 1"),
        ("1: 2", r"unknown keys \['1'\]"),
    ],
)
def test_values_of_another_kind_are_refused_by_file_and_key(tmp_path, change, message):
    kept = [line for line in LINE if line.split(":")[0] != change.split(":")[0]]
    text = "\n".join([*kept, change])
    with pytest.raises(ValueError, match=f"^line.yaml.*{message}"):
        read_record(_write(tmp_path, text.encode()), Line)


def test_a_key_that_lacks_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"line.yaml lacks \['kind', 'slope'\]"):
        read_record(_write(tmp_path, b"name: x\n"), Line)


def test_a_mapping_can_stand_in_several_places(tmp_path):
    found = read_mapping(_write(tmp_path, b"a: &one {c: 1}\nb: *one\nd: [*one, {c: 2}]\n"))
    assert found == {"a": {"c": 1}, "b": {"c": 1}, "d": [{"c": 1}, {"c": 2}]}


@dataclass(frozen=True, kw_only=True)
class Table:
    ratios: Mapping[float, float]
    rises: Mapping[Literal["a", "b"], float]


def test_a_table_is_read_with_the_kinds_of_its_keys_and_values(tmp_path):
    found = read_record(_write(tmp_path, b"ratios: {100: 1, 140: 2e-1}\nrises: {a: 3}\n"), Table)
    assert found == Table(ratios={100.0: 1.0, 140.0: 0.2}, rises={"a": 3.0})
    assert all(isinstance(kvp, float) for kvp in found.ratios)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"ratios: 3\nrises: {}\n", "ratios must be a mapping, got 3"),
        (b"ratios: {}\nrises: {c: 1}\n", r"a key of rises must be one of \['a', 'b'\], got 'c'"),
        (b"ratios: {100: high}\nrises: {}\n", "ratios of 100 must be a number, got 'high'"),
        (b"ratios: {high: 1}\nrises: {}\n", "a key of ratios must be a number, got 'high'"),
    ],
)
def test_a_table_of_other_kinds_is_refused(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read_record(_write(tmp_path, content), Table)


@dataclass(frozen=True, kw_only=True)
class Names:
    names: tuple[str, ...] = ()


def test_a_list_becomes_a_tuple_of_its_kind():
    assert to_record({"names": ["a", "b"]}, Names, where="x") == Names(names=("a", "b"))
    with pytest.raises(ValueError, match="x: names must be a list, got 'a'"):
        to_record({"names": "a"}, Names, where="x")
    with pytest.raises(ValueError, match="x: a member of names must be of type str, got 1"):
        to_record({"names": [1]}, Names, where="x")


@dataclass(frozen=True, kw_only=True)
class Window:
    ends_hu: Literal["bone"] | tuple[float, float]
    kind: Literal["a", "b"] | None = None
    line: Line | None = None


def test_a_value_is_of_the_first_kind_that_takes_it():
    found = [to_record({"ends_hu": one}, Window, where="x").ends_hu for one in ("bone", [1, 2])]
    assert found == ["bone", (1.0, 2.0)]
    line = {"name": "x", "kind": "a", "slope": 1}
    found = to_record({"ends_hu": "bone", "kind": None, "line": line}, Window, where="x")
    assert found == Window(ends_hu="bone", line=Line(name="x", kind="a", slope=1.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ends_hu": "soft"}, "x: ends_hu must be a list, got 'soft'"),
        ({"ends_hu": [1]}, r"x: ends_hu must be a list of 2, got \[1\]"),
        ({"ends_hu": None}, "x: ends_hu must be a list, got None"),
        ({"kind": "c"}, r"x: kind must be one of \['a', 'b'\], got 'c'"),
        ({"line": 3}, "x: line must be a mapping, got 3"),
        ({"line": {"name": "x"}}, r"x: line lacks \['kind', 'slope'\]"),
    ],
)
def test_what_no_kind_takes_is_refused_by_its_place(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        to_record({"ends_hu": "bone"} | change, Window, where="x")
