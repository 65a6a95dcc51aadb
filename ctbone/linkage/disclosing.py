"""What the files of a cohort hold of patients, for its ``privacy.json``."""

from __future__ import annotations

from ctbone.deidentification import PRIVACY, Content, Fate, Handling
from ctbone.ingest import CATALOGUE

HANDLING = Handling(
    command="cohort",
    written={
        "study_uid": Fate.KEPT,
        "study_date": Fate.KEPT,
        "sex": Fate.KEPT,
        "age": Fate.AGE,
        "birth_date": Fate.AGE,
    },
    files={
        # Of the files of the export no catalogue is kept.
        CATALOGUE: (),
        "cohort.csv": (Content.PSEUDONYM, Content.UIDS, Content.DATES, Content.AGE_AND_SEX),
        "links.csv": (Content.PSEUDONYM, Content.UIDS),
        "unmatched.csv": (Content.PSEUDONYM, Content.UIDS),
        "cohort.html": (),
        "README.md": (),
        "figures/*": (),
        "run.json": (),
        PRIVACY: (),
    },
)
