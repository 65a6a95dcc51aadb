"""What keyed digests are made of, and how much of them is kept.

Values are called as in ``tags.TAGS``. Whoever makes a digest reads these, and so does the report
of what was done to identifiers.
"""

from __future__ import annotations

#: Name of the hash under the HMAC of every digest, as ``hashlib`` calls it.
HASH = "sha256"

#: What the pseudonym of a patient is made of, and how many hexadecimal digits of it are kept.
PSEUDONYM_OF = ("patient_id", "issuer")
PSEUDONYM_DIGITS = 16

#: What the digest of a scanner is made of; a station only where there is no serial number. Six
#: digits: of a hundred scanners, two share a digest in one site of 3,400.
SCANNER_OF = ("manufacturer", "model", "serial", "station")
SCANNER_DIGITS = 6

#: What a table finds a study by, in memory alone: the patient and the order.
LINKED_BY = ("patient_id", "accession")
