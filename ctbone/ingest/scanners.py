"""Which scanner made a series, without saying so: attenuation drifts scanner by scanner.

A serial number or the name of a station tells hospital and device to whoever knows them, and both
are free text. What is kept of them is a digest under the site key, which nobody without the key
can try serial numbers on.
"""

from __future__ import annotations

from ctbone.ingest.attributes import as_linked, keyed_digest, text, value

#: Hexadecimal digits: of a hundred scanners, two share a digest in one site of 3,400.
_DIGITS = 6


def scanner_digest(common: tuple[bytes, ...], *, key: bytes) -> str:
    """Return what tells the scanner of a series from others, six hexadecimal digits.

    HMAC-SHA256 of Manufacturer, ManufacturerModelName and DeviceSerialNumber, else StationName,
    without case and white space, which differ between versions of a scanner's software.

    Args:
        common: The values that a series shares, as in ``Header``.
        key: Site key of the pseudonyms.

    Returns:
        The digits; nothing where the header names neither serial number nor station.
    """
    serial, station = _plain(common, "serial"), _plain(common, "station")
    if not serial and not station:
        return ""
    named = ("serial", serial) if serial else ("station", station)
    made = (_plain(common, "manufacturer"), _plain(common, "model"))
    return keyed_digest(key, "scanner", *made, *named)[:_DIGITS]


def _plain(common: tuple[bytes, ...], name: str) -> str:
    return as_linked(text(value(common, name)))
