"""Which scanner made a series, without saying so: attenuation drifts scanner by scanner.

A serial number or the name of a station tells hospital and device to whoever knows them, and both
are free text. What is kept of them is a digest under the site key, which nobody without the key
can try serial numbers on.
"""

from __future__ import annotations

from ctbone.ingest.attributes import as_linked, keyed_digest, text, value
from ctbone.ingest.identifying import SCANNER_DIGITS, SCANNER_OF


def scanner_digest(common: tuple[bytes, ...], *, key: bytes) -> str:
    """Return what tells the scanner of a series from others, a few hexadecimal digits.

    A keyed digest of Manufacturer, ManufacturerModelName and DeviceSerialNumber, else StationName,
    without case and white space, which differ between versions of a scanner's software.

    Args:
        common: The values that a series shares, as in ``Header``.
        key: Site key of the pseudonyms.

    Returns:
        The digits; nothing where the header names neither serial number nor station.
    """
    maker, model, serial, station = (_plain(common, name) for name in SCANNER_OF)
    if not serial and not station:
        return ""
    named = ("serial", serial) if serial else ("station", station)
    return keyed_digest(key, "scanner", maker, model, *named)[:SCANNER_DIGITS]


def _plain(common: tuple[bytes, ...], name: str) -> str:
    return as_linked(text(value(common, name)))
