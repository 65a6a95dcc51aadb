"""Files that ship with the package: configurations and weights."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def config_path(name: str) -> Path:
    """Return the path of a shipped configuration, such as ``decision/acr_qct.yaml``.

    Raises:
        ValueError: If no configuration of that name ships; the message lists its neighbours.
    """
    # An installed wheel carries them inside the package, a checkout at its top.
    inside = _PACKAGE / "configs"
    root = inside if inside.is_dir() else _PACKAGE.parent / "configs"
    path = root / name
    if not path.is_file():
        beside = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
        raise ValueError(f"no configuration {name!r} ships; {path.parent.name}/ holds {beside}")
    return path


def chosen_path(name: Path, *, folder: str) -> Path:
    """Return the file that is meant: a path, or the name of a configuration that ships.

    Args:
        name: What was given.
        folder: Where such configurations ship, such as ``corrections``.

    Raises:
        ValueError: If it is neither; the message lists those that ship.
    """
    if name.is_file() or name.suffix or name.parent != Path():
        return name
    return config_path(f"{folder}/{name}.yaml")


def weights_path(name: str) -> Path:
    """Return the path of shipped weights, such as ``localiser.safetensors``.

    Raises:
        ValueError: If no weights of that name ship.
    """
    path = _PACKAGE / "weights" / name
    if not path.is_file():
        raise ValueError(f"no weights {name!r} ship with ctbone")
    return path
