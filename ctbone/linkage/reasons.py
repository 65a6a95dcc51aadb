"""Why a row of a spreadsheet, or a study, is not in the cohort: a closed vocabulary."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class LinkReason(StrEnum):
    """Why something did not become a row of the cohort, in the order in which it is asked."""

    # Of a row by itself.
    NO_PATIENT_ID = "no_patient_id"
    DAMAGED_PATIENT_ID = "damaged_patient_id"
    OTHER_REGION = "other_region"
    NO_DATE = "no_date"
    UNREADABLE_DATE = "unreadable_date"
    IMPOSSIBLE_DATE = "impossible_date"
    UNREADABLE_VALUE = "unreadable_value"
    UNKNOWN_WORD = "unknown_word"
    NO_RESULT = "no_result"
    AREAL_DENSITY_ONLY = "areal_density_only"
    IMPLAUSIBLE_VALUE = "implausible_value"
    CATEGORY_DISAGREES = "category_disagrees"
    REPEATED_ROW = "repeated_row"
    CONFLICTING_ROWS = "conflicting_rows"
    # Of a row among the studies.
    NO_SUCH_PATIENT = "no_such_patient"
    NO_SUCH_STUDY = "no_such_study"
    STUDY_OF_ANOTHER_PATIENT = "study_of_another_patient"
    SEVERAL_PATIENTS = "several_patients"
    NO_STUDY_IN_WINDOW = "no_study_in_window"
    OTHER_REFERENCE_PREFERRED = "other_reference_preferred"
    # Of a study; of a row where it concerns all that the row could be a reference of.
    STUDY_NOT_READABLE = "study_not_readable"
    PATIENT_UNCLEAR = "patient_unclear"
    NO_STUDY_DATE = "no_study_date"
    NO_REFERENCE = "no_reference"
    NO_USABLE_REFERENCE = "no_usable_reference"
    NO_REFERENCE_IN_WINDOW = "no_reference_in_window"
    # Of a row and the study that it was chosen for.
    SEX_DISAGREES = "sex_disagrees"
    AGE_DISAGREES = "age_disagrees"
    AGE_UNKNOWN = "age_unknown"
    AGE_OUT_OF_RANGE = "age_out_of_range"
    CONTRAST = "contrast"
    IMPLANT = "implant"
    ANOTHER_STUDY_NEARER = "another_study_nearer"
    PATIENT_OF_SEVERAL_SITES = "patient_of_several_sites"
    AFTER_TEMPORAL_SPLIT = "after_temporal_split"


_R = LinkReason

#: What each means, for the page and the documentation.
MEANINGS = MappingProxyType(
    {
        _R.NO_PATIENT_ID: "the row names no patient",
        _R.DAMAGED_PATIENT_ID: "a spreadsheet rounded the identifier, as in 1.2E+11",
        _R.OTHER_REGION: "a region of the body that is not asked for",
        _R.NO_DATE: "the row has no date of examination and names no study",
        _R.UNREADABLE_DATE: "a date is not written in the style that was named",
        _R.IMPOSSIBLE_DATE: "a date does not exist, lies before 1970 (of birth: 1850) or ahead",
        _R.UNREADABLE_VALUE: "a number is none",
        _R.UNKNOWN_WORD: "a word is not in the vocabulary of its column",
        _R.NO_RESULT: "no density, T-score of DXA or category",
        _R.AREAL_DENSITY_ONLY: "an areal density (g/cm2) without T-score or category",
        _R.IMPLAUSIBLE_VALUE: "a number that no person has; a wrong unit, perhaps",
        _R.CATEGORY_DISAGREES: "the category is not that of the density or T-score beside it",
        _R.REPEATED_ROW: "the same result as in an earlier row",
        _R.CONFLICTING_ROWS: "rows of one patient, date and method differ in their result",
        _R.NO_SUCH_PATIENT: "no study of the export has this patient identifier",
        _R.NO_SUCH_STUDY: "the study that the row names is not in the export",
        _R.STUDY_OF_ANOTHER_PATIENT: "the study that the row names is of another patient",
        _R.SEVERAL_PATIENTS: "several patients of the export answer to this identifier",
        _R.NO_STUDY_IN_WINDOW: "no study of the patient within the window; days to the nearest",
        _R.OTHER_REFERENCE_PREFERRED: "each study in the window has another row, by the rule",
        _R.STUDY_NOT_READABLE: "no series of the study can be read as CT; the detail says why",
        _R.PATIENT_UNCLEAR: "files of the study name several patients",
        _R.NO_STUDY_DATE: "the study has no date, and no row names it",
        _R.NO_REFERENCE: "no row names the patient, or each names another study",
        _R.NO_USABLE_REFERENCE: "every row of the patient was refused, for its own reason",
        _R.NO_REFERENCE_IN_WINDOW: "no usable row within the window; days to the nearest",
        _R.SEX_DISAGREES: "spreadsheet and header give different sexes",
        _R.AGE_DISAGREES: "spreadsheet and header give ages more than two years apart",
        _R.AGE_UNKNOWN: "an age range is asked for, and neither gives an age",
        _R.AGE_OUT_OF_RANGE: "younger or older than asked for",
        _R.CONTRAST: "contrast agent, by the spreadsheet or the header",
        _R.IMPLANT: "an implant, by the spreadsheet",
        _R.ANOTHER_STUDY_NEARER: "another study of the patient is nearer to its reference",
        _R.PATIENT_OF_SEVERAL_SITES: "the patient stands at an external and at another site",
        _R.AFTER_TEMPORAL_SPLIT: "after the date of the split, of a patient with a study before",
    }
)
