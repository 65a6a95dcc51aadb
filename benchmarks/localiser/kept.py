"""Rendered studies as files: voxels compressed slice by slice, truth as JSON; nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from benchmarks.localiser.truth import BOX, Rendered, Truth
from ctbone.anatomy import VertebralLevel
from ctbone.records import BodyMask
from ctbone.runs import to_plain
from ctbone.volume import CTVolume


def write(made: Rendered, path: Path, digest: str) -> None:
    """Keep a study, with a digest of how it was drawn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {"volume": made.volume} | ({"quiet": made.quiet} if made.quiet else {})
    packed: dict[str, Any] = {name: _packed(volume.hu) for name, volume in arrays.items()}
    meta = {
        "digest": digest,
        "facts": made.facts,
        "volumes": {
            name: {"shape": v.hu.shape, "affine": v.affine.tolist()} for name, v in arrays.items()
        },
        "truths": [_plain(truth) for truth in made.truths],
    }
    bodies = {f"body_{t.level.name}": t.body.inside for t in made.truths if t.body is not None}
    packed |= {name: np.packbits(inside) for name, inside in bodies.items()}
    text = np.frombuffer(json.dumps(to_plain(meta)).encode(), dtype=np.uint8)
    fresh = path.with_suffix(".part.npz")
    np.savez(fresh, meta=text, **packed)
    fresh.rename(path)


def _plain(truth: Truth) -> dict[str, Any]:
    return {
        "level": truth.level.name,
        "centroid_mm": [float(x) for x in truth.centroid_mm],
        "axes": truth.axes.tolist(),
        "heights_mm": [float(h) for h in truth.heights_mm],
        "trabecular_hu": truth.trabecular_hu,
        "findings": list(truth.findings),
        "is_whole": truth.is_whole,
        "body_affine": None if truth.body is None else truth.body.affine.tolist(),
    }


def read(path: Path, digest: str) -> Rendered | None:
    """Read a study; ``None`` where the file holds another one than is drawn now."""
    with np.load(path, allow_pickle=False) as arrays:
        meta = json.loads(arrays["meta"].tobytes())
        if meta["digest"] != digest:
            return None
        seed = int(path.stem.split("-")[1])
        volumes = {
            name: CTVolume(
                _unpacked(arrays[name], tuple(one["shape"])),
                np.array(one["affine"]),
                f"2.25.{seed}",
            )
            for name, one in meta["volumes"].items()
        }
        truths = tuple(_to_truth(one, arrays) for one in meta["truths"])
    return Rendered(
        seed=seed,
        facts=meta["facts"],
        volume=volumes["volume"],
        quiet=volumes.get("quiet"),
        truths=truths,
    )


def _to_truth(one: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Truth:
    body = None
    if one["body_affine"] is not None:
        bits = arrays[f"body_{one['level']}"]
        inside = np.unpackbits(bits, count=int(np.prod(BOX))).reshape(BOX).astype(np.bool_)
        body = BodyMask(inside, np.array(one["body_affine"]))
    x, y, z = one["centroid_mm"]
    anterior, middle, posterior = one["heights_mm"]
    return Truth(
        level=VertebralLevel[one["level"]],
        centroid_mm=(x, y, z),
        axes=np.array(one["axes"]),
        heights_mm=(anterior, middle, posterior),
        trabecular_hu=one["trabecular_hu"],
        findings=tuple(one["findings"]),
        is_whole=one["is_whole"],
        body=body,
    )


def _packed(hu: NDArray[Any]) -> NDArray[np.uint8]:
    """Compress along memory: ``i`` lies fastest, as in the volumes that readers give."""
    stored = np.ascontiguousarray(hu.astype(np.int16).transpose(2, 1, 0))
    slices = [
        imagecodecs.blosc_encode(
            plane, level=1, compressor="zstd", shuffle="bitshuffle", typesize=2
        )
        for plane in stored
    ]
    sizes = np.array([len(slices), *map(len, slices)], dtype="<u4").tobytes()
    return np.frombuffer(sizes + b"".join(slices), dtype=np.uint8)


def _unpacked(packed: NDArray[np.uint8], shape: tuple[int, int, int]) -> NDArray[np.int16]:
    count = int(packed[:4].view("<u4")[0])
    sizes = packed[4 : 4 + 4 * count].view("<u4").astype(np.int64)
    starts = 4 + 4 * count + np.concatenate([[0], np.cumsum(sizes)])
    stored = np.empty(shape[::-1], dtype=np.int16)
    for plane, first, last in zip(stored, starts[:-1], starts[1:], strict=True):
        plane[...] = np.frombuffer(
            imagecodecs.blosc_decode(packed[first:last].tobytes()), dtype=np.int16
        ).reshape(plane.shape)
    return stored.transpose(2, 1, 0)
