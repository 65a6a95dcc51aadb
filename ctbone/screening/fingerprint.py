"""What a study consisted of when it was screened, so that a later run notices another."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ctbone.records import StudyRecord


def fingerprint(study: StudyRecord) -> str:
    """Return a digest of what a study consists of: its slices, its files, and its faults.

    Studies that a transfer completed, or that lost a file, have another one; so have those of
    which a file was written again, as far as its size or its time of modification tell.
    """
    slices = [item for series in study.series for item in series.slices]
    parts = [
        sorted(
            repr((item.sop_instance_uid, item.frame, item.position_mm, item.pixel_length))
            for item in slices
        ),
        sorted(_state(path) for path in {item.path for item in slices}),
        sorted((fault.reason, fault.detail) for fault in study.faults),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _state(path: Path) -> tuple[int, int]:
    """Return size in bytes and time of modification in ns; reading says what is wrong with it."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
