"""What is done to a study: one thing, drawn at random; half of the names below are of one file."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping
from random import Random

import numpy as np

from benchmarks.hostile_studies import elements
from benchmarks.hostile_studies.studies import MARK, Study, make_study, packed_map

Damage = Callable[[Study, Random], None]

#: Kinds whose headers can be changed element by element, and those of one file a slice.
_PLAIN = ("explicit", "compressed")
_SLICES = (*_PLAIN, "implicit")
_DICOM = (*_SLICES, "multi-frame")
_ALL = (*_DICOM, "nifti")

#: What stands where a number or a word should.
_VALUES = (
    b"", b" ", b"0", b"-1", b"NaN ", b"inf ", b"-Infinity ", b"1e308 ", b"1e-308", b"9" * 20,
    b"1.5 ", b"abc ", b"1\\2\\3\\4\\5\\6\\7 ", b"\\", b"\\\\\\\\\\ ", b"\x00\xff", b"\xff" * 64,
    b"0\\0", b"0\\0\\0 ", b"0\\0\\0\\0\\0\\0 ", b"NaN\\NaN\\NaN ", b"1e30\\1e30\\1e30",
    b"1\\0\\0\\1\\0\\0 ", b"1.2.3.4 ", b"..\\..\\x", MARK.encode(), b"1" * 70,
)  # fmt: skip

#: Values of two bytes, and of lengths that no such value has.
_SHORTS = (*(struct.pack("<H", n) for n in (0, 1, 2, 3, 7, 8, 15, 17, 32, 36, 512, 32767, 65535)),
           b"", b"\x08\x00\x08\x00", b"\x10\x00\x00\x00\x00\x00")  # fmt: skip

_VRS = (b"US", b"SS", b"UL", b"DS", b"IS", b"LO", b"SQ", b"OB", b"UN", b"PN", b"FD", b"AT", b"ZZ")

_SYNTAXES = (
    b"1.2.840.10008.1.2\0", b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99",
    b"1.2.840.10008.1.2.2\0", b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.4.70",
    b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.4.201\0",
    b"1.2.840.10008.1.2.5\0", b"1.2.3.4.5.6.7\0", b"",
)  # fmt: skip
_SYNTAX, _STUDY, _SERIES, _OBJECT = 0x00020010, 0x0020000D, 0x0020000E, 0x00080018


def _any_name(study: Study, rng: Random) -> str:
    return rng.choice(sorted(study.files))


def _on_bytes(change: Callable[[bytearray, int, Random], None]) -> Damage:
    def damage(study: Study, rng: Random) -> None:
        name = _any_name(study, rng)
        file = bytearray(study.files[name])
        # Half of it goes to the header, which is a small part of most files.
        reach = len(file) if rng.random() < 0.5 else min(len(file), 1400)
        change(file, rng.randrange(reach), rng)
        study.files[name] = bytes(file)

    return damage


def _flip(file: bytearray, at: int, rng: Random) -> None:
    file[at] ^= 1 << rng.randrange(8)


def _overwrite(file: bytearray, at: int, rng: Random) -> None:
    file[at : at + rng.randrange(1, 64)] = rng.randbytes(rng.randrange(1, 64))


def _cut(file: bytearray, at: int, _rng: Random) -> None:
    del file[at:]


def _remove(file: bytearray, at: int, rng: Random) -> None:
    del file[at : at + rng.randrange(1, 300)]


def _insert(file: bytearray, at: int, rng: Random) -> None:
    file[at:at] = rng.randbytes(rng.randrange(1, 300))


def _zero(file: bytearray, at: int, rng: Random) -> None:
    size = min(rng.randrange(1, 300), len(file) - at)
    file[at : at + size] = bytes(size)


def _repeat(file: bytearray, at: int, _rng: Random) -> None:
    file[at:at] = file[at : at + 500]


def _lie(file: bytearray, at: int, rng: Random) -> None:
    lies = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, rng.randrange(1 << 32))
    width = rng.choice((2, 4))
    file[at : at + width] = (rng.choice(lies) & ((1 << 8 * width) - 1)).to_bytes(width, "little")


def _on_element(change: Callable[[bytes, int, Random], bytes]) -> Damage:
    def damage(study: Study, rng: Random) -> None:
        names = sorted(study.files)
        tag = rng.choice(elements.tags(study.files[names[0]]))
        # What one file says against all others, or what all of them say.
        chosen = [rng.choice(names)] if rng.random() < 0.5 else names
        seed = rng.random()
        for name in chosen:
            study.files[name] = change(study.files[name], tag, Random(seed))

    return damage


def _with_value(file: bytes, tag: int, rng: Random) -> bytes:
    vr = next(one.vr for one in elements.elements(file) if one.tag == tag)
    return elements.with_value(file, tag, rng.choice(_SHORTS if vr == b"US" else _VALUES))


def _with_vr(file: bytes, tag: int, rng: Random) -> bytes:
    at = next(one for one in elements.elements(file) if one.tag == tag)
    return elements.with_value(file, tag, file[at.value : at.end], vr=rng.choice(_VRS))


def _claim(tag: int, value: Callable[[Study, Random], str], *, share: float) -> Damage:
    """Return what has some files claim a UID."""

    def damage(study: Study, rng: Random) -> None:
        uid = value(study, rng).encode()
        uid += b"\0" * (len(uid) % 2)
        for name in sorted(study.files):
            if rng.random() < share:
                study.files[name] = elements.with_value(study.files[name], tag, uid)

    return damage


def _other(study: Study, rng: Random) -> Study:
    """Return another study of the same kind, as it was before anything was done to it."""
    return make_study(study.kind, max(study.number - rng.randrange(1, 9), 0))


def _stray(study: Study, rng: Random) -> None:
    name = _any_name(study, rng)
    study.files[name] = _other(study, rng).files[name]


def _extra(study: Study, rng: Random) -> None:
    name = _any_name(study, rng)
    study.files[f"extra {name}"] = _other(study, rng).files[name]


def _double(study: Study, rng: Random) -> None:
    name = _any_name(study, rng)
    study.files[f"again {name}"] = study.files[name]


def _contradict(study: Study, rng: Random) -> None:
    """Double a slice, under a UID of its own and with other pixels."""
    name = _any_name(study, rng)
    file = elements.with_value(study.files[name], _OBJECT, study.uid.encode() + b".7\0")
    end = bytes(reversed(file[-400:]))
    study.files[f"again {name}"] = file[:-400] + end


def _drop(study: Study, rng: Random) -> None:
    for name in rng.sample(sorted(study.files), rng.choice((1, 1, 2, 5, len(study.files) - 1))):
        del study.files[name]


def _lose_frames(study: Study, rng: Random) -> None:
    """Cut a compressed frame, and have the lengths say so or not."""
    name = _any_name(study, rng)
    file = study.files[name]
    start = elements.elements(file)[-1].value
    where = rng.randrange(start, len(file))
    if rng.random() < 0.5:
        study.files[name] = file[:where] + bytes(len(file) - where)
    else:
        study.files[name] = file[: start + 8] + file[where:]


def _pretend(study: Study, rng: Random) -> None:
    """Name a transfer syntax in which the file is not written."""
    syntax = rng.choice(_SYNTAXES)
    share = rng.choice((0.2, 1.0))
    for name in sorted(study.files):
        if rng.random() < share:
            study.files[name] = elements.with_value(study.files[name], _SYNTAX, syntax)


def _empty(study: Study, rng: Random) -> None:
    study.files[_any_name(study, rng)] = rng.choice((b"", b"\0", MARK.encode(), bytes(128)))


def _mask_bytes(study: Study, rng: Random) -> None:
    mask = bytearray(study.mask if rng.random() < 0.5 else gzip.decompress(study.mask))
    for _ in range(rng.choice((1, 1, 30))):
        mask[rng.randrange(min(len(mask), 400))] = rng.randrange(256)
    content = bytes(mask[: rng.choice((len(mask), len(mask), rng.randrange(len(mask))))])
    is_packed = content[:2] == b"\x1f\x8b"
    study.mask = content if is_packed else gzip.compress(content, compresslevel=1)


def _mask_labels(study: Study, rng: Random) -> None:
    shape = rng.choice(
        ((36, 32, 14), (36, 32, 14), (3, 4, 5), (36, 32, 14, 2), (36, 32), (1, 1, 1))
    )
    drawn = np.random.default_rng(rng.randrange(1 << 32))
    labels = drawn.choice([0, 20, rng.randrange(256)], size=shape)
    kind = rng.choice((np.uint8, np.int16, np.float32, np.float64, np.complex64))
    found = labels.astype(kind)
    if np.issubdtype(kind, np.floating) and rng.random() < 0.5:
        found[0] = rng.choice((np.nan, np.inf, 1e30, -3.0))
    study.mask = packed_map(found)


def _mask_geometry(study: Study, rng: Random) -> None:
    labels = np.zeros((36, 32, 14), np.uint8)
    labels[8:28, 9:23, 3:11] = 20
    affine = np.diag([-2.0, -2.0, 3.0, 1.0])
    affine[:3, 3] = 35.0, 31.0, 100.0
    kind = rng.randrange(5)
    if kind == 0:
        affine[:3, 3] += rng.choice((3.0, 40.0, 1e6))
    elif kind == 1:
        affine[rng.randrange(3), rng.randrange(4)] = rng.choice((np.nan, np.inf, 1e30, 0.0))
    elif kind == 2:
        affine[:3, :3] *= rng.choice((1e-3, 0.1, 10.0, 1e4))
    elif kind == 3:
        affine[:3, :3] = 0.0
    else:
        affine[:3, 0] = affine[:3, 1]
    study.mask = packed_map(labels, affine=affine)


def _mask_absent(study: Study, rng: Random) -> None:
    if rng.random() < 0.5:
        study.listed = False
    else:
        study.mask = b""


def _nifti_header(study: Study, rng: Random) -> None:
    """Change a field of the header: its size, its dimensions, its type, its grid."""
    ((name, file),) = study.files.items()
    at, form, values = rng.choice(_FIELDS)
    value = struct.pack(form, rng.choice(values))
    study.files[name] = file[:at] + value + file[at + len(value) :]


_LIES = (0, 1, 2, 3, 7, 8, 255, 1024, 32767, -1, -32768)
_REALS = (0.0, -1.0, 1e-30, 1e30, float("nan"), float("inf"), 0.5, 300.0)
_FIELDS = (
    (0, "<i", (0, 348, 540, -1)), (70, "<h", _LIES), (72, "<h", _LIES),
    *((40 + 2 * n, "<h", _LIES) for n in range(8)),
    *((76 + 4 * n, "<f", _REALS) for n in range(8)),
    *((at, "<f", _REALS) for at in (108, 112, 116)), (123, "<b", (0, 1, 3, 7, 127)),
    *((at, "<h", _LIES) for at in (252, 254)),
    *((at, "<f", _REALS) for at in range(256, 328, 4)), (344, "<i", (0, 1, -1)),
)  # fmt: skip

#: What is done, by name, and to studies of which kinds.
DAMAGE: Mapping[str, tuple[Damage, tuple[str, ...]]] = {
    "bits flipped": (_on_bytes(_flip), _ALL),
    "bytes overwritten": (_on_bytes(_overwrite), _ALL),
    "file cut": (_on_bytes(_cut), _ALL),
    "bytes removed": (_on_bytes(_remove), _ALL),
    "bytes inserted": (_on_bytes(_insert), _ALL),
    "bytes zeroed": (_on_bytes(_zero), _ALL),
    "bytes repeated": (_on_bytes(_repeat), _ALL),
    "lengths that lie": (_on_bytes(_lie), _ALL),
    "file emptied": (_empty, _ALL),
    "element removed": (_on_element(lambda file, tag, _: elements.without(file, tag)), _PLAIN),
    "element doubled": (_on_element(lambda file, tag, _: elements.doubled(file, tag)), _PLAIN),
    "element of another VR": (_on_element(_with_vr), _PLAIN),
    "element of another value": (_on_element(_with_value), _PLAIN),
    "a value, again": (_on_element(_with_value), ("explicit",)),
    "slice of another study": (_stray, _SLICES),
    "slice of another study beside": (_extra, _SLICES),
    "UID of another study": (_claim(_STUDY, lambda s, r: _other(s, r).uid, share=0.5), _PLAIN),
    "no UID of a study": (_claim(_STUDY, lambda _s, _r: "", share=1.0), _PLAIN),
    "UID of no form": (_claim(_STUDY, lambda _s, r: r.choice(("a/b", "../x")), share=0.5), _PLAIN),
    "two series": (_claim(_SERIES, lambda s, _: f"{s.uid}.9", share=0.5), _PLAIN),
    "series of another study": (
        _claim(_SERIES, lambda s, r: _other(s, r).series_uid, share=1.0), _PLAIN,
    ),
    "one UID for all slices": (_claim(_OBJECT, lambda s, _: f"{s.uid}.1.1", share=1.0), _PLAIN),
    "slices dropped": (_drop, _SLICES),
    "slice doubled": (_double, _SLICES),
    "slices that contradict": (_contradict, ("explicit",)),
    "another transfer syntax": (_pretend, _PLAIN),
    "compressed frame cut": (_lose_frames, ("compressed",)),
    "mask damaged": (_mask_bytes, _ALL),
    "mask of other labels": (_mask_labels, _ALL),
    "mask of another geometry": (_mask_geometry, _ALL),
    "mask absent": (_mask_absent, _ALL),
    "NIfTI header": (_nifti_header, ("nifti",)),
    "NIfTI header, again": (_nifti_header, ("nifti",)),
}  # fmt: skip


def damaged_study(number: int, *, seed: int) -> tuple[Study, str]:
    """Return a study with one thing done to it, which seed and number decide, and its name."""
    rng = Random(f"{seed} {number}")
    name = sorted(DAMAGE)[number % len(DAMAGE)]
    damage, kinds = DAMAGE[name]
    study = make_study(rng.choice(kinds), number)
    damage(study, rng)
    return study, name
