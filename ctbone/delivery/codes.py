"""What results are coded by in DICOM and FHIR.

Vertebrae, regions and attenuation have codes of the standards. Volumetric density of trabecular
bone, its limits and the category of a screening test have none: those that exist speak of DXA
(LOINC) or of a disease (SNOMED CT), and would say what was not found. They have codes of ctbone's
own in DICOM, and words alone in FHIR.

Sources: DICOM PS3.16 as in pydicom 3.0.2 for ``DCM`` and ``SCT``; UCUM for units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ctbone.anatomy import Code, VertebralLevel, anatomic_region
from ctbone.records import BoneCategory, CoarseCategory

if TYPE_CHECKING:
    from highdicom.sr import FindingSite

#: Designates ctbone's own codes; DICOM reserves names that begin with 99 for such.
OWN = "99CTBONE"

MG_CM3 = Code("mg/cm3", "UCUM", "milligram per cubic centimeter")
HOUNSFIELD = Code("[hnsf'U]", "UCUM", "Hounsfield unit")
MM3 = Code("mm3", "UCUM", "cubic millimeter")
T_SCORE_UNIT = Code("{T-score}", "UCUM", "T-score")
RATIO = Code("1", "UCUM", "no units")

ATTENUATION = Code("112031", "DCM", "Attenuation Coefficient")
VOLUME = Code("118565006", "SCT", "Volume")
MEAN = Code("373098007", "SCT", "Mean")
MEDIAN = Code("373099004", "SCT", "Median")
SD = Code("386136009", "SCT", "Standard Deviation")

DENSITY = Code("BMD", OWN, "Volumetric trabecular bone mineral density")
DENSITY_LOWER = Code("BMD-LOWER-90", OWN, "Lower limit of the 90 % interval of volumetric BMD")
DENSITY_UPPER = Code("BMD-UPPER-90", OWN, "Upper limit of the 90 % interval of volumetric BMD")
DENSITY_SD = Code("BMD-SD", OWN, "Predictive standard deviation of volumetric BMD")
T_SCORE = Code("DXA-T", OWN, "T-score expected of a DXA")
T_SCORE_LOWER = Code("DXA-T-LOWER-90", OWN, "Lower limit of the 90 % interval of that T-score")
T_SCORE_UPPER = Code("DXA-T-UPPER-90", OWN, "Upper limit of the 90 % interval of that T-score")
T_SCORE_SD = Code("DXA-T-SD", OWN, "Predictive standard deviation of that T-score")
P_NORMAL = Code("P-NORMAL", OWN, "Probability of a normal bone density")
P_OSTEOPENIA = Code("P-OSTEOPENIA", OWN, "Probability of a density as in osteopenia")
P_OSTEOPOROSIS = Code("P-OSTEOPOROSIS", OWN, "Probability of a density as in osteoporosis")

CATEGORY = Code("CATEGORY", OWN, "Category of bone density, of a screening test")
CATEGORIES: Mapping[BoneCategory | CoarseCategory, Code] = MappingProxyType(
    {
        BoneCategory.NORMAL: Code("NORMAL", OWN, "Normal"),
        BoneCategory.OSTEOPENIA: Code("OSTEOPENIA", OWN, "As in osteopenia"),
        BoneCategory.OSTEOPOROSIS: Code("OSTEOPOROSIS", OWN, "As in osteoporosis"),
        CoarseCategory.NO_OSTEOPOROSIS: Code("NO-OSTEOPOROSIS", OWN, "Not as in osteoporosis"),
        CoarseCategory.LOW_BONE_MASS: Code("LOW-BONE-MASS", OWN, "Low bone mass"),
    }
)
STRADDLES = Code("STRADDLES", OWN, "Interval includes a cut-off between categories")
OUTCOME = Code("OUTCOME", OWN, "Outcome of screening")
NO_RESULT = Code("NO-RESULT", OWN, "No result")

YES = Code("373066001", "SCT", "Yes")
NO = Code("373067005", "SCT", "No")

STRUCTURE = Code("91723000", "SCT", "Anatomical Structure")
LUMBAR_SPINE = Code("122496007", "SCT", "Lumbar spine")

SOURCE = Code("260753009", "SCT", "Source")
COMMENT = Code("121106", "DCM", "Comment")
LIBRARY = Code("111028", "DCM", "Image Library")
LIBRARY_GROUP = Code("126200", "DCM", "Image Library Group")
MODALITY = Code("121139", "DCM", "Modality")
CT = Code("CT", "DCM", "Computed Tomography")
ANY_CT = Code("25045-6", "LN", "CT unspecified body region")


def concept(code: Code) -> Any:  # noqa: ANN401 - pydicom is untyped
    """Return a code as pydicom and highdicom take it."""
    from pydicom.sr.coding import Code as Concept

    return Concept(code.value, code.scheme, code.meaning)


def finding_sites(levels: Sequence[VertebralLevel]) -> list[FindingSite]:
    """Return vertebrae as sites of a finding."""
    from highdicom.sr import FindingSite

    return [FindingSite(concept(anatomic_region(level))) for level in levels]


def own_scheme() -> Any:  # noqa: ANN401 - pydicom is untyped
    """Return the item that says whose the own codes are."""
    from pydicom import Dataset

    item = Dataset()
    item.CodingSchemeDesignator = OWN
    item.CodingSchemeName = "ctbone"
    item.CodingSchemeResponsibleOrganization = "ctbone"
    return item
