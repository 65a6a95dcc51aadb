"""From the stored bytes of a slice to its stored values.

Lossless syntaxes only: loss shifts attenuation. A code stream's own header is read first, so that
a lying one is refused before its decoder allocates or guesses, and its end marker is demanded,
since some decoders fill a truncated image with what they please. imagecodecs decodes them all and
releases the interpreter while it works; pylibjpeg-rle, as fast, panics on damaged offsets.
"""

from __future__ import annotations

import operator
import struct
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import LossyCompression, UnreadableFile, UnsupportedEncoding
from ctbone.ingest.extents import Stored, frame_bytes
from ctbone.ingest.syntaxes import BIG_ENDIAN, NATIVE, RLE
from ctbone.records import SliceRecord
from ctbone.uids import is_uid

JPEG_LOSSLESS = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})
JPEG_LS = frozenset({"1.2.840.10008.1.2.4.80"})
#: Lossless only and either; the second is read where no loss is admitted and its streams are
#: reversible.
JPEG_2000 = frozenset({"1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"})
#: Of these the one whose name allows loss.
EITHER_WAY = frozenset({"1.2.840.10008.1.2.4.91"})
#: What can be read, lossless content provided.
READABLE = NATIVE | JPEG_LOSSLESS | JPEG_LS | JPEG_2000 | {RLE}

#: What imagecodecs raises on damaged streams; the faults of its codecs derive from RuntimeError.
CODEC_FAULTS = (RuntimeError, ValueError, OverflowError, MemoryError)

#: Values of PhotometricInterpretation that a message may name (DICOM PS3.3, C.7.6.3.1.2).
_PHOTOMETRIC = frozenset({
    "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT",
    "YBR_RCT",
})  # fmt: skip

_JPEG_2000_START = b"\xff\x4f\xff\x51"
_END_OF_IMAGE = b"\xff\xd9"
#: Bytes of the header of a frame in runs, and of the longest run (DICOM PS3.5, annexes G.5, G.3).
_RLE_HEADER, _RLE_LONGEST = 64, 129
#: JPEG lossless sequential (Huffman) and JPEG-LS (ITU-T T.81, table B.1; T.87, C.1.1).
_SOF3, _SOF55, _SOS, _COD = 0xC3, 0xF7, 0xDA, 0x52


class CodeStream(NamedTuple):
    """What a code stream says about itself."""

    rows: int
    columns: int
    components: int
    bits: int
    is_lossless: bool
    is_signed: bool = False


def require_lossless(item: SliceRecord) -> None:
    """Refuse a slice whose header says that its values cannot be read as they were measured.

    Raises:
        LossyCompression: If the header admits loss.
        UnsupportedEncoding: If the values are of a kind or in a syntax that is not read here.
    """
    encoding = item.encoding
    if encoding.is_lossy:
        raise LossyCompression(f"the pixels of file {item.number} were compressed with loss")
    if encoding.transfer_syntax_uid not in READABLE:
        raise UnsupportedEncoding(
            f"no decoder reads transfer syntax {_shown(encoding.transfer_syntax_uid)} "
            f"of file {item.number}"
        )
    if encoding.samples_per_pixel != 1 or encoding.photometric != "MONOCHROME2":
        raise UnsupportedEncoding(
            f"CT is MONOCHROME2 with one sample a pixel, file {item.number} is "
            f"{_shown(encoding.photometric)} with {encoding.samples_per_pixel}"
        )
    if encoding.bits_allocated not in (8, 16) or not (
        1 <= encoding.bits_stored <= encoding.bits_allocated
    ):
        raise UnsupportedEncoding(
            f"CT stores at most 8 or 16 bits, file {item.number} stores "
            f"{encoding.bits_stored} of {encoding.bits_allocated}"
        )
    if not encoding.is_sign_stated:
        raise UnsupportedEncoding(
            f"the pixel representation of file {item.number} must be 0 or 1, and is neither"
        )
    if not encoding.is_low_aligned:
        raise UnsupportedEncoding(
            f"the highest bit of file {item.number} must be the last of the "
            f"{encoding.bits_stored} that it stores, and is another"
        )


def _shown(found: str) -> str:
    """Return a UID or a known word as it is: hostile files put any text there, names too."""
    return found if is_uid(found) or found in _PHOTOMETRIC else "(not shown)"


def stored_values(stored: Stored, *, out: NDArray[np.uint16] | None = None) -> NDArray[np.uint16]:
    """Return the stored values of a slice as their 16 bits, shape ``(rows, columns)``.

    Bits above BitsStored, which can hold anything, are replaced by zeros or by the sign: seen
    through the type that ``value_type`` names, the result is the values. It is ``out`` where that
    is given.

    Raises:
        UnreadableFile: If the bytes are not what the header declares.
        LossyCompression: If the code stream is not lossless.
    """
    item = stored.item
    syntax = item.encoding.transfer_syntax_uid
    content = stored.read()
    values = np.empty((item.rows, item.columns), np.uint16) if out is None else out
    if syntax in NATIVE:
        values[...] = _native(item, content)
    elif syntax == RLE:
        values[...] = _decode_rle(item, content)
    else:
        _decode_stream(item, content, values)
    return clean_bits(values, item)


def value_type(item: SliceRecord) -> type[np.int16] | type[np.uint16]:
    """Return the type that the stored bits of a slice stand for."""
    return np.int16 if item.encoding.is_signed else np.uint16


def clean_bits(values: NDArray[np.uint16], item: SliceRecord) -> NDArray[np.uint16]:
    """Replace, in place, the bits above BitsStored by zeros or by the sign; return the array."""
    unused = 16 - item.encoding.bits_stored
    if unused and item.encoding.is_signed:
        signed = values.view(np.int16)
        np.left_shift(signed, unused, out=signed)
        np.right_shift(signed, unused, out=signed)
    elif unused:
        np.bitwise_and(values, np.uint16(0xFFFF >> unused), out=values)
    return values


def _native(item: SliceRecord, content: bytes) -> NDArray[np.generic]:
    order = ">" if item.encoding.transfer_syntax_uid == BIG_ENDIAN else "<"
    values = np.frombuffer(content, f"{order}u{item.encoding.bits_allocated // 8}")
    return values.reshape(item.rows, item.columns)


def _decode_rle(item: SliceRecord, content: bytes) -> NDArray[np.generic]:
    """Decode a frame of runs, of which none may reach beyond the last byte.

    Where one does, the decoder reads on, and gives what it finds or ends the process. What follows
    is therefore given, twice, and must not matter.
    """
    dtype = np.dtype(f"<u{item.encoding.bits_allocated // 8}")
    _require_segments(item, content, count=dtype.itemsize)
    first, again = (_decode_runs(item, content, dtype, beyond) for beyond in (0x00, 0xFF))
    if first != again:
        raise UnreadableFile(f"the RLE frame of file {item.number} ends within a run")
    if len(first) != frame_bytes(item):
        raise UnreadableFile(
            f"the RLE frame of file {item.number} holds {len(first)} bytes, "
            f"{item.rows} x {item.columns} voxels take {frame_bytes(item)}"
        )
    return np.frombuffer(first, dtype).reshape(item.rows, item.columns)


def _require_segments(item: SliceRecord, content: bytes, *, count: int) -> None:
    """Refuse a frame whose segments, one a byte of a value, do not follow each other in it.

    Their number and where they begin stand before them (DICOM PS3.5, annex G.5).
    """
    header = struct.unpack_from("<16L", content) if len(content) >= _RLE_HEADER else (0,)
    begins = header[1 : 1 + count]
    ends = (*begins[1:], len(content))
    if header[0] != count or begins[0] != _RLE_HEADER or any(map(operator.ge, begins, ends)):
        raise UnreadableFile(
            f"the RLE frame of file {item.number} must begin with where its {count} segments lie"
        )


def _decode_runs(item: SliceRecord, content: bytes, dtype: np.dtype, beyond: int) -> bytes:
    """Decode a frame that is followed by a byte, as often as a run may be long."""
    import imagecodecs

    padded = memoryview(content + bytes([beyond]) * _RLE_LONGEST)
    try:
        return bytes(imagecodecs.dicomrle_decode(cast("bytes", padded[: len(content)]), dtype))
    except CODEC_FAULTS as error:
        raise UnreadableFile(f"the RLE frame of file {item.number}: {error}") from error


def _decode_stream(item: SliceRecord, content: bytes, out: NDArray[np.uint16]) -> None:
    """Decode into ``out``, whose shape the header of the stream was held against."""
    import imagecodecs

    stream = _require_stream(item, content)
    syntax = item.encoding.transfer_syntax_uid
    decode = imagecodecs.jpegsof3_decode
    if syntax in JPEG_LS:
        decode = imagecodecs.jpegls_decode
    elif syntax in JPEG_2000:
        decode = imagecodecs.jpeg2k_decode
    try:
        if stream.bits > 8:
            decode(content, out=out.view(np.int16) if stream.is_signed else out)
        else:
            out[...] = decode(content)
    except CODEC_FAULTS as error:
        raise UnreadableFile(f"the compressed frame of file {item.number}: {error}") from error


def _require_stream(item: SliceRecord, content: bytes) -> CodeStream:
    """Return what a code stream says; refuse one that is lossy, cut short, or contradicts it."""
    try:
        is_wavelet = item.encoding.transfer_syntax_uid in JPEG_2000
        stream = _read_jpeg_2000(content) if is_wavelet else _read_jpeg(content)
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableFile(f"file {item.number} has a code stream without header") from error
    declared = (item.rows, item.columns, 1)
    if stream[:3] != declared or not 2 <= stream.bits <= item.encoding.bits_allocated:
        raise UnreadableFile(
            f"file {item.number} declares rows, columns and samples {declared} of at most "
            f"{item.encoding.bits_allocated} bits, its code stream {stream[:3]} of {stream.bits}"
        )
    if not stream.is_lossless:
        raise LossyCompression(f"the code stream of file {item.number} is not lossless")
    if not content.rstrip(b"\0").endswith(_END_OF_IMAGE):
        raise UnreadableFile(f"the code stream of file {item.number} has no end")
    return stream


def _read_jpeg(content: bytes) -> CodeStream:
    """Read the frame header, and from the scan header what it admits to have lost.

    The point transform leaves out the lowest bits before coding (T.81, H.1.2.1; T.87, C.2.3), and
    decoders differ in whether they shift the rest back: such a stream is not read.
    """
    position, shape, is_predictive = 2, (0, 0, 0, 0), False
    while True:
        fill, marker, length = struct.unpack_from(">BBH", content, position)
        if fill != 0xFF:
            raise IndexError("a marker was expected")
        if marker in (_SOF3, _SOF55):
            bits, rows, columns, components = struct.unpack_from(">BHHB", content, position + 4)
            shape, is_predictive = (rows, columns, components, bits), marker == _SOF3
        if marker == _SOS:
            components = content[position + 4]
            # JPEG-LS states here the largest error of a value, 0 when lossless (T.87, C.2.3).
            near, _, transform = content[position + 5 + 2 * components :][:3]
            is_exact = is_predictive or (shape[0] > 0 and near == 0)
            return CodeStream(*shape, is_lossless=is_exact and transform & 0x0F == 0)
        position += 2 + length


def _read_jpeg_2000(content: bytes) -> CodeStream:
    """Read the size and the wavelet: 1 is the reversible one (ITU-T T.800, A.5.1 and A.6.1)."""
    start = content.find(_JPEG_2000_START)
    if start < 0:
        raise IndexError("no code stream")
    right, lower, left, upper = struct.unpack_from(">4I", content, start + 8)
    components, bits = struct.unpack_from(">HB", content, start + 40)
    position = start + 2
    while True:
        fill, marker, length = struct.unpack_from(">BBH", content, position)
        if fill != 0xFF:
            raise IndexError("a marker was expected")
        if marker == _COD:
            is_reversible = content[position + 13] == 1
            # The highest bit of the precision is the sign (A.5.1).
            shape = (lower - upper, right - left, components, (bits & 0x7F) + 1)
            return CodeStream(*shape, is_reversible, is_signed=bits > 0x7F)
        position += 2 + length
