"""What became of each header value that is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum

from ctbone.ingest.catalogue import HEADER_VALUES
from ctbone.ingest.identifying import LINKED_BY, PSEUDONYM_OF, SCANNER_OF
from ctbone.ingest.tags import FURTHER_TAGS, REFERENCE_TAGS, TAGS


class Fate(StrEnum):
    """What became of a header value: how it is written, or that it is not."""

    KEPT = "written_as_it_stands"
    KNOWN_WORDS = "cut_to_known_words"
    MONTH = "cut_to_year_and_month"
    AGE = "turned_into_an_age"
    PSEUDONYM = "in_the_pseudonym_of_the_patient"
    SCANNER = "in_the_pseudonym_of_the_scanner"
    LINKED = "compared_by_a_digest_that_is_not_written"
    CATALOGUED = "written_to_the_catalogue_as_it_stands"
    DROPPED = "read_and_not_written"


#: Digests that values go into, whatever else is done with them.
_DIGESTED = {Fate.PSEUDONYM: PSEUDONYM_OF, Fate.SCANNER: SCANNER_OF, Fate.LINKED: LINKED_BY}


def fates(written: Mapping[str, Fate], *, is_catalogued: bool = False) -> dict[Fate, list[str]]:
    """Return the keywords of all header values that are read, by what becomes of them.

    A value can have several: a date of which results have the month is in the catalogue whole.

    Args:
        written: What a command writes in other files than the catalogue, by name in
            ``ingest.tags``. What is read for references from DICOM objects alone is read where
            it stands here.
        is_catalogued: Whether it keeps a catalogue of the files of the export.
    """
    from pydicom.datadict import keyword_for_tag

    catalogued = HEADER_VALUES if is_catalogued else ()
    elsewhere = {**_DIGESTED, Fate.CATALOGUED: catalogued}
    found: dict[Fate, list[str]] = {fate: [] for fate in Fate}
    referred = {name: tag for name, tag in REFERENCE_TAGS.items() if name in written}
    for name, tag in (TAGS | FURTHER_TAGS | referred).items():
        for fate in tuple(_of(name, written, elsewhere)) or (Fate.DROPPED,):
            found[fate].append(keyword_for_tag(tag))
    return {fate: sorted(keywords) for fate, keywords in found.items() if keywords}


def _of(
    name: str, written: Mapping[str, Fate], elsewhere: Mapping[Fate, Collection[str]]
) -> Iterator[Fate]:
    if name in written:
        yield written[name]
    yield from (fate for fate, names in elsewhere.items() if name in names)
