"""What a run did to whatever identifies a person: the report of it, ``privacy.json``.

It is made of what the code works by: the header values that are read, what digests are made of,
and what each command says of the files that it leaves. Nobody and nothing is named in it.
"""

from __future__ import annotations

from ctbone.deidentification.contents import Content
from ctbone.deidentification.fates import Fate
from ctbone.deidentification.report import PRIVACY, Handling, write_privacy
from ctbone.deidentification.seen import Seen

__all__ = ["PRIVACY", "Content", "Fate", "Handling", "Seen", "write_privacy"]
