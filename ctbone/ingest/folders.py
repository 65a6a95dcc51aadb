"""What every command that reads an export asks of its folders."""

from __future__ import annotations

from pathlib import Path


def require_folder(root: Path) -> None:
    """Check that an export is a folder.

    Raises:
        ValueError: If it is none.
    """
    if not root.is_dir():
        raise ValueError(f"the export must be a folder, got {root}")


def require_folders(root: Path, out: Path) -> None:
    """Check that an export is a folder, and that what a run writes lies outside it.

    Raises:
        ValueError: If one of the two does not hold.
    """
    require_folder(root)
    if out.resolve().is_relative_to(root.resolve()):
        raise ValueError("--out must lie outside the export: its files would be taken for studies")
