"""From the bytes of header values to what they say.

Nothing here raises on strange values: what cannot be read as what it should be is ``None`` or
empty, and the selection rule decides what that means.
"""

from __future__ import annotations

import hmac
import math
import re
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from ctbone.ingest.contrast import contrast_given
from ctbone.ingest.header import TRANSFER_SYNTAX
from ctbone.ingest.identifying import HASH, PSEUDONYM_DIGITS
from ctbone.ingest.tags import COMMON_TAGS
from ctbone.records import PixelEncoding

#: A position, and the directions of a row and of a column.
Triple = tuple[float, float, float]
Sextuple = tuple[float, float, float, float, float, float]

_SLOT = {name: slot for slot, name in enumerate(COMMON_TAGS)}

#: Transfer syntaxes that always lose information (DICOM PS3.5, section 10; PS3.6, table A-1).
LOSSY_SYNTAXES = frozenset(
    f"1.2.840.10008.1.2.4.{tail}"
    for tail in ("50", "51", "52", "53", "54", "55", "56", "59", "60", "63", "64", "81", "100",
                 "101", "102", "103", "104", "105", "106", "107", "108", "112")
)  # fmt: skip

#: Bytes of an item of a sequence before its content, and what stands for a sequence whose length
#: the header does not state.
_ITEM_HEADER, UNKNOWN_LENGTH = 8, b"?"

#: Days in the units of PatientAge (DICOM PS3.5, AS).
_DAYS = {"Y": 365.2425, "M": 30.436875, "W": 7.0, "D": 1.0}


class Attributes(NamedTuple):
    """What the values that a series shares say; see the records for their meaning."""

    image_type: tuple[str, ...]
    acquisition: int | None
    orientation: Sextuple | None
    spacing_mm: tuple[float, float] | None
    rows: int
    columns: int
    slice_thickness_mm: float | None
    encoding: PixelEncoding
    kernel: str
    kvp: float | None


def value(common: tuple[bytes, ...], name: str) -> bytes:
    """Return one of the shared values by its name in ``COMMON_TAGS``."""
    return common[_SLOT[name]]


def text(raw: bytes) -> str:
    """Return a value as text without its padding."""
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        decoded = raw.decode("latin-1")
    return decoded.strip(" \0\t\r\n")


def numbers(raw: bytes, count: int) -> tuple[float, ...] | None:
    """Return as many finite numbers as asked for, or ``None`` if the value is anything else."""
    if b"_" in raw:
        # Python reads "3_3" as 33.
        return None
    try:
        found = tuple(map(float, raw.strip(b" \0").split(b"\\")))
    except ValueError:
        return None
    return found if len(found) == count and all(map(math.isfinite, found)) else None


def position(raw: bytes) -> Triple | None:
    """Return ImagePositionPatient, if the value is one."""
    return cast("Triple | None", numbers(raw, 3))


def number(raw: bytes) -> float | None:
    """Return the first number of a value, if it is one."""
    found = numbers(raw.partition(b"\\")[0], 1)
    return found[0] if found else None


def integer(raw: bytes) -> int | None:
    """Return the first number of a value, if it is a whole one."""
    try:
        return None if b"_" in raw else int(raw)
    except ValueError:
        found = number(raw)
    return int(found) if found is not None and found == int(found) else None


def unsigned(raw: bytes) -> int | None:
    """Return a two-byte number, if the value is one."""
    return int.from_bytes(raw[:2], "little") if len(raw) >= 2 else None


def attributes(common: tuple[bytes, ...]) -> Attributes:
    """Decode what the slices of a series share."""
    spacing = numbers(value(common, "spacing"), 2)
    thickness = number(value(common, "thickness"))
    return Attributes(
        image_type=tuple(
            part.strip().upper() for part in text(value(common, "image_type")).split("\\")
        ),
        acquisition=integer(value(common, "acquisition")),
        orientation=cast("Sextuple | None", numbers(value(common, "orientation"), 6)),
        spacing_mm=(spacing[1], spacing[0]) if spacing else None,
        rows=unsigned(value(common, "rows")) or 0,
        columns=unsigned(value(common, "columns")) or 0,
        slice_thickness_mm=thickness if thickness and thickness > 0.0 else None,
        encoding=_encoding(
            tuple(value(common, name) for name in _ENCODING), common[TRANSFER_SYNTAX]
        ),
        kernel=text(value(common, "kernel")),
        kvp=number(value(common, "kvp")),
    )


_ENCODING = (
    "bits_allocated",
    "bits_stored",
    "high_bit",
    "is_signed",
    "samples",
    "photometric",
    "slope",
    "intercept",
    "rescale_type",
    "padding",
    "padding_limit",
    "lossy",
)


@lru_cache(maxsize=4096)
def _encoding(values: tuple[bytes, ...], transfer_syntax: bytes) -> PixelEncoding:
    named = dict(zip(_ENCODING, values, strict=True))
    sign = unsigned(named["is_signed"])
    is_signed = sign == 1
    syntax = text(transfer_syntax)
    bits_allocated = unsigned(named["bits_allocated"]) or 0
    stated = unsigned(named["bits_stored"])
    bits_stored = bits_allocated if stated is None else stated
    padding, limit = named["padding"][:2], named["padding_limit"][:2]
    return PixelEncoding(
        transfer_syntax_uid=syntax,
        bits_allocated=bits_allocated,
        bits_stored=bits_stored,
        is_signed=is_signed,
        samples_per_pixel=unsigned(named["samples"]) or 1,
        photometric=text(named["photometric"]).upper() or "MONOCHROME2",
        rescale_slope=number(named["slope"]),
        rescale_intercept=number(named["intercept"]),
        rescale_type=text(named["rescale_type"]).upper(),
        padding=int.from_bytes(padding, "little", signed=is_signed) if padding else None,
        padding_limit=int.from_bytes(limit, "little", signed=is_signed) if limit else None,
        is_lossy=is_lossy(syntax, text(named["lossy"])),
        is_sign_stated=sign in (0, 1),
        is_low_aligned=unsigned(named["high_bit"]) in (None, bits_stored - 1),
    )


def is_lossy(transfer_syntax_uid: str, lossy_image_compression: str) -> bool:
    """Return whether pixels were compressed with loss, by syntax or by what the header admits.

    LossyImageCompression must stand where there was loss (DICOM PS3.3, C.7.6.1.1.5), so that its
    absence admits none. Syntaxes that allow both are held against their code streams when read.
    """
    return lossy_image_compression == "01" or transfer_syntax_uid in LOSSY_SYNTAXES


def day(raw: bytes) -> date | None:
    """Return a DA value as a date."""
    digits = text(raw).replace(".", "").replace("-", "")
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def age_years(common: tuple[bytes, ...]) -> float | None:
    """Return PatientAge in years, else the time from birth to study.

    Ages of zero years are what de-identification leaves behind, and no adult's: ``None``.
    """
    stated = re.fullmatch(r"(\d{1,3})([YMWD])", text(value(common, "age")).upper())
    if stated and int(stated[1]) > 0:
        return round(int(stated[1]) * _DAYS[stated[2]] / _DAYS["Y"], 2)
    birth, study = day(value(common, "birth_date")), day(value(common, "study_date"))
    if birth is None or study is None or birth >= study:
        return None
    return round((study - birth).days / _DAYS["Y"], 2)


def sex(common: tuple[bytes, ...]) -> str | None:
    """Return PatientSex where it is one of the defined terms."""
    found = text(value(common, "sex")).upper()
    return found if found in {"F", "M", "O"} else None


def contrast(common: tuple[bytes, ...]) -> bool | None:
    """Return whether a contrast agent is recorded, or denied by a description."""
    traces = tuple(text(value(common, name)) for name in ("contrast_start", "contrast_route"))
    words = f"{text(value(common, 'description'))} | {text(value(common, 'protocol'))}"
    return contrast_given(
        agent=text(value(common, "contrast_agent")),
        traces=(*traces, "agents" if has_items(value(common, "contrast_agents")) else ""),
        words=words,
    )


def has_items(raw: bytes) -> bool:
    """Return whether a sequence holds anything: an item, or an unknown number of bytes of them."""
    return raw == UNKNOWN_LENGTH or len(raw) > _ITEM_HEADER


def pseudonym(patient_id: str, *, key: bytes, issuer: str = "") -> str:
    """Return the keyed pseudonym of a patient, hexadecimal digits.

    HMAC-SHA256 of PatientID and IssuerOfPatientID, both as they are linked by, so that a patient
    in two letter cases stays one: whoever holds the key can link it, nobody else.
    """
    return keyed_digest(key, as_linked(patient_id), as_linked(issuer))[:PSEUDONYM_DIGITS]


def as_linked(identifier: str) -> str:
    """Return an identifier without what systems add and drop: case and white space."""
    return "".join(identifier.upper().split())


def link_key(identifier: str, *, kind: Literal["patient", "accession"], key: bytes) -> str:
    """Return what an identifier of a table is compared by with one of a header.

    Args:
        identifier: As it is written; case and white space do not count.
        kind: What it identifies: one kind is never taken for another.
        key: Site key of the pseudonyms.

    Returns:
        A keyed digest, or nothing for an empty identifier.
    """
    plain = as_linked(identifier)
    return keyed_digest(key, "link", kind, plain) if plain else ""


def keyed_digest(key: bytes, *parts: str) -> str:
    """Return the HMAC-SHA256 of texts, hexadecimal."""
    message = "\0".join(parts).encode("utf-8", "surrogateescape")
    return hmac.new(key, message, HASH).hexdigest()


def derived_uid(digest: str) -> str:
    """Return a UID made from a digest (DICOM PS3.5, B.2: 2.25 and a number of 128 bits)."""
    return f"2.25.{int(digest[:32], 16)}"
