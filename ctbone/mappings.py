"""Mappings, of YAML files or of JSON, that become records: one strict way to read them.

Whatever is wrong with a file is a ``ValueError`` of one sentence that names the file, and the
line where the text itself is broken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from yaml import Node, YAMLError

Record = TypeVar("Record")


def read_record(path: Path, record: type[Record]) -> Record:
    """Read a dataclass from a file whose keys are its fields.

    Raises:
        ValueError: If the file is no mapping, lacks a field or has another, a value is of another
            kind than its field, or the record refuses it.
    """
    return to_record(read_mapping(path), record, where=path.name)


def to_record(keys: Mapping[Any, Any], record: type[Record], *, where: str) -> Record:
    """Turn a mapping whose keys are the fields of a dataclass into one.

    Args:
        keys: The mapping.
        record: The dataclass.
        where: What a message calls the place that it stands in.

    Raises:
        ValueError: As ``read_record``.
    """
    known: dict[str, Field[Any]] = {item.name: item for item in fields(record)}  # type: ignore[arg-type]
    if unknown := sorted(map(str, keys.keys() - known.keys())):
        raise ValueError(f"{where} holds unknown keys {unknown}; known are {sorted(known)}")
    needed = {name for name, item in known.items() if _is_needed(item)}
    if missing := sorted(needed - keys.keys()):
        raise ValueError(f"{where} lacks {missing}")
    hints = get_type_hints(record)
    try:
        return record(**{name: _as_kind(name, value, hints[name]) for name, value in keys.items()})
    except ValueError as fault:
        raise ValueError(f"{where}: {fault}") from None


def _is_needed(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def read_mapping(path: Path) -> Mapping[Any, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        ValueError: If it is not UTF-8, not YAML, empty, or holds anything but a mapping, or a
            mapping in it holds a key twice.
    """
    import yaml

    text = _decode(path)
    try:
        _refuse_repetition(yaml.compose(text, Loader=yaml.SafeLoader))
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        where, what = _fault(error, text)
        raise ValueError(f"{path.name}, line {where} is not YAML: {what}") from None
    # Values that look like a date and are none, and brackets nested without end.
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} is not YAML: {error}") from None
    if not isinstance(found, dict):
        what = "an empty file" if found is None else f"a {type(found).__name__}"
        raise ValueError(f"{path.name}: expected a mapping of keys, found {what}")  # noqa: TRY004
    return found


def _refuse_repetition(root: Node | None) -> None:
    """Refuse a key that stands twice in a mapping: YAML forbids it, and its reader does not.

    Raises:
        ComposerError: With the place of the second.
    """
    from yaml import MappingNode, SequenceNode

    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        # Aliases let a node stand in several places, and in itself.
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            waiting += node.value
        if isinstance(node, MappingNode):
            _require_distinct([key for key, _ in node.value])
            waiting += [value for _, value in node.value]


def _require_distinct(keys: list[Node]) -> None:
    from yaml import ScalarNode
    from yaml.composer import ComposerError

    lines: dict[str, int] = {}
    for key in keys:
        if not isinstance(key, ScalarNode):
            continue
        if key.value in lines:
            problem = (
                f"found the key {key.value!r} a second time, first on line {lines[key.value]}"
            )
            raise ComposerError(None, None, problem, key.start_mark)
        lines[key.value] = key.start_mark.line + 1


def _decode(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte {content[error.start]:#04x}"
        raise ValueError(
            f"{path.name}, line {line}: expected text in UTF-8, found {found}"
        ) from None


def _fault(error: YAMLError, text: str) -> tuple[int, str]:
    """Return the line at which a text ceases to be YAML, and what stands there."""
    from yaml import MarkedYAMLError
    from yaml.reader import ReaderError

    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        # A bracket that never closes is noticed at the end and stands in the context.
        begun = error.context_mark
        context = f" ({error.context}, line {begun.line + 1})" if error.context and begun else ""
        return error.problem_mark.line + 1, f"{error.problem}{context}"
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return line, f"found the control character {error.character:#04x}"
    return 1, " ".join(str(error).split())


def _as_kind(name: str, value: object, hint: Any) -> object:  # noqa: ANN401 - any annotation
    """Return a value as its field wants it."""
    if is_dataclass(hint):
        return to_record(_as_mapping(name, value), hint, where=name)  # type: ignore[arg-type]
    kind, members = get_origin(hint) or hint, get_args(hint)
    if kind in (Union, UnionType):
        return _as_one_of(name, value, members)
    if kind is Literal and value not in members:
        raise ValueError(f"{name} must be one of {list(members)}, got {value!r}")
    if kind is Mapping:
        return _as_table(name, value, *members)
    if kind is tuple:
        return _as_members(name, value, members)
    return _as_float(name, value) if kind is float else _as_plain(name, value, kind)


def _as_one_of(name: str, value: object, kinds: tuple[Any, ...]) -> object:
    """Return a value as the first kind that takes it; the last says what is wrong with it."""
    if NoneType in kinds:
        some = tuple(kind for kind in kinds if kind is not NoneType)
        return None if value is None else _as_one_of(name, value, some)
    first, *others = kinds
    try:
        return _as_kind(name, value, first)
    except ValueError:
        if not others:
            raise
        return _as_one_of(name, value, tuple(others))


def _as_plain(name: str, value: object, kind: Any) -> object:  # noqa: ANN401 - any annotation
    # A truth value is an int in Python, and none here.
    if kind in (bool, int, str) and type(value) is not kind:
        raise ValueError(f"{name} must be of type {kind.__name__}, got {value!r}")
    return value


def _as_mapping(name: str, value: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a mapping, got {value!r}")  # noqa: TRY004
    return value


def _as_table(name: str, value: object, key: Any, item: Any) -> Mapping[Any, Any]:  # noqa: ANN401
    return MappingProxyType(
        {
            _as_kind(f"a key of {name}", k, key): _as_kind(f"{name} of {k}", v, item)
            for k, v in _as_mapping(name, value).items()
        }
    )


def _as_members(name: str, value: object, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a list as a tuple of one kind, or of as many as there are kinds."""
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, got {value!r}")  # noqa: TRY004
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(value) != len(kinds):
        raise ValueError(f"{name} must be a list of {len(kinds)}, got {value!r}")
    said = f"a member of {name}"
    return tuple(_as_kind(said, member, kind) for member, kind in zip(value, kinds, strict=True))


def _as_float(name: str, value: object) -> float:
    # YAML 1.1 takes 8e-1, which has no point, for text.
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"{name} must be a number, got {value!r}")
