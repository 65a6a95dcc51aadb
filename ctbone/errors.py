"""Everything that can be wrong with a study, by name.

Each is the one above it as well::

    * CtboneError
      x IngestError
        + NoEligibleSeries
        + UnreadableFile
        + UnsupportedEncoding
        + LossyCompression
        + IrregularGeometry
          - MissingSlices
          - DuplicatePositions
        + NotHounsfield
          - MissingRescale
        + OutOfDomain
      x LocalisationError
        + SpineNotFound
        + LevelNotInField
        + LevelUncertain
        + MaskMissing
        + NotEvaluable
        + CalibratorNotFound
      x TransferError
        + PeerUnavailable
        + PeerRefused
        + ObjectNotFound
        + UnexpectedAnswer
        + TransferIncomplete
        + InvalidObject
        + ObjectConflict
        + StorageFull
      x WeightsMismatch
      x NothingUsable
      x WorkersLost

A mistake by the caller is a ``ValueError``; a fault in the data is a ``CtboneError``, which the
batch runner turns into a ``Rejection``. Messages say what was expected, what was found and where,
and name files by their number in the catalogue: paths can carry names of patients.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a study or a series yields no result; the vocabulary of the exclusion flow chart."""

    NOT_CT = "not_ct"
    LOCALIZER = "localizer"
    NOT_AN_IMAGE = "not_an_image"
    SECONDARY_CAPTURE = "secondary_capture"
    NOT_PRIMARY = "not_primary"
    TOO_FEW_SLICES = "too_few_slices"
    SLICES_TOO_THICK = "slices_too_thick"
    NOT_TORSO = "not_torso"
    NOT_ORTHOGONAL = "not_orthogonal"
    NOT_PREFERRED = "not_preferred"
    NO_ELIGIBLE_SERIES = "no_eligible_series"
    UNREADABLE_FILE = "unreadable_file"
    PATIENT_UNCLEAR = "patient_unclear"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    LOSSY_COMPRESSION = "lossy_compression"
    IRREGULAR_GEOMETRY = "irregular_geometry"
    MISSING_SLICES = "missing_slices"
    DUPLICATE_POSITIONS = "duplicate_positions"
    NOT_HOUNSFIELD = "not_hounsfield"
    MISSING_RESCALE = "missing_rescale"
    KVP_OUT_OF_DOMAIN = "kvp_out_of_domain"
    KERNEL_OUT_OF_DOMAIN = "kernel_out_of_domain"
    SPINE_NOT_FOUND = "spine_not_found"
    LEVEL_NOT_IN_FIELD = "level_not_in_field"
    LEVEL_UNCERTAIN = "level_uncertain"
    MASK_MISSING = "mask_missing"
    NOT_EVALUABLE = "not_evaluable"
    TRUNCATED = "truncated"
    FRACTURE = "fracture"
    METAL = "metal"
    FOCAL_LESION = "focal_lesion"
    SEVERE_DEGENERATION = "severe_degeneration"
    LEVELS_DISAGREE = "levels_disagree"
    IMPLAUSIBLE_GEOMETRY = "implausible_geometry"
    IMPLAUSIBLE_ATTENUATION = "implausible_attenuation"
    REJECTED_IN_REVIEW = "rejected_in_review"
    RELABELLED_IN_REVIEW = "relabelled_in_review"
    CALIBRATOR_NOT_FOUND = "calibrator_not_found"
    TRANSFER_FAILED = "transfer_failed"
    PEER_UNAVAILABLE = "peer_unavailable"
    PEER_REFUSED = "peer_refused"
    OBJECT_NOT_FOUND = "object_not_found"
    UNEXPECTED_ANSWER = "unexpected_answer"
    TRANSFER_INCOMPLETE = "transfer_incomplete"
    INVALID_OBJECT = "invalid_object"
    OBJECT_CONFLICT = "object_conflict"
    STORAGE_FULL = "storage_full"
    WEIGHTS_MISMATCH = "weights_mismatch"
    NOTHING_USABLE = "nothing_usable"
    TIME_LIMIT = "time_limit"
    OUT_OF_MEMORY = "out_of_memory"
    WORKER_LOST = "worker_lost"
    UNEXPECTED = "unexpected"


class CtboneError(Exception):
    """Base of every fault this package reports about its data."""

    reason: Reason = Reason.UNEXPECTED


class IngestError(CtboneError):
    """Base of the faults found while reading DICOM or NIfTI."""


class NoEligibleSeries(IngestError):
    """No series of the study satisfies the selection rule.

    ``reason`` is that of the series that came nearest to being read; the message lists all.
    """

    def __init__(self, message: str, *, reason: Reason = Reason.NO_ELIGIBLE_SERIES) -> None:
        super().__init__(message)
        self.reason = reason


class UnreadableFile(IngestError):
    """A file is truncated, corrupt, encrypted, or contradicts its own header."""

    reason = Reason.UNREADABLE_FILE


class UnsupportedEncoding(IngestError):
    """The pixels are stored in a way that no installed decoder reads."""

    reason = Reason.UNSUPPORTED_ENCODING


class LossyCompression(IngestError):
    """The pixels were compressed with loss, which shifts attenuation."""

    reason = Reason.LOSSY_COMPRESSION


class IrregularGeometry(IngestError):
    """The slices do not form one regular grid."""

    reason = Reason.IRREGULAR_GEOMETRY


class MissingSlices(IrregularGeometry):
    """Gaps between the slices show that some are absent."""

    reason = Reason.MISSING_SLICES


class DuplicatePositions(IrregularGeometry):
    """Different slices claim the same position."""

    reason = Reason.DUPLICATE_POSITIONS


class NotHounsfield(IngestError):
    """The rescaled values are not Hounsfield units."""

    reason = Reason.NOT_HOUNSFIELD


class MissingRescale(NotHounsfield):
    """Rescale slope or intercept is absent, so the stored values have no unit."""

    reason = Reason.MISSING_RESCALE


class OutOfDomain(IngestError):
    """The series could be read, and was acquired as nothing that is measured here holds for."""

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason = reason


class LocalisationError(CtboneError):
    """Base of the faults found while looking for vertebrae."""


class SpineNotFound(LocalisationError):
    """Nothing in the field of view looks like a lumbar or thoracic spine."""

    reason = Reason.SPINE_NOT_FOUND


class LevelNotInField(LocalisationError):
    """The spine was found, but none of the requested levels lies whole in the field of view."""

    reason = Reason.LEVEL_NOT_IN_FIELD


class LevelUncertain(LocalisationError):
    """Vertebrae were found, but their levels cannot be told with confidence."""

    reason = Reason.LEVEL_UNCERTAIN


class MaskMissing(LocalisationError):
    """No mask is listed for the series, or the mask does not fit it."""

    reason = Reason.MASK_MISSING


class NotEvaluable(LocalisationError):
    """The requested levels were found, but none of them can be measured.

    ``reason`` is what says most of why; the message gives it level by level. ``level`` is the one
    that a fault speaks of, by its number, where it speaks of one alone.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: Reason = Reason.NOT_EVALUABLE,
        level: int | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.level = level


class CalibratorNotFound(LocalisationError):
    """What a scan was to be calibrated by, a phantom or tissues, is not to be seen in it."""

    reason = Reason.CALIBRATOR_NOT_FOUND


class TransferError(CtboneError):
    """Base of what can go wrong between this machine and an archive."""

    reason = Reason.TRANSFER_FAILED


class PeerUnavailable(TransferError):
    """The archive cannot be reached, broke off, or is out of order for now: worth another try."""

    reason = Reason.PEER_UNAVAILABLE


class PeerRefused(TransferError):
    """The archive was reached and does not do what it was asked."""

    reason = Reason.PEER_REFUSED


class ObjectNotFound(TransferError):
    """The archive does not hold what was asked for."""

    reason = Reason.OBJECT_NOT_FOUND


class UnexpectedAnswer(TransferError):
    """The archive answered with something that its protocol does not know."""

    reason = Reason.UNEXPECTED_ANSWER


class TransferIncomplete(TransferError):
    """Less arrived than the archive holds, or part of an object: worth another try."""

    reason = Reason.TRANSFER_INCOMPLETE


class InvalidObject(TransferError):
    """An object is broken, or its identifiers are none; nothing is named after them."""

    reason = Reason.INVALID_OBJECT


class ObjectConflict(TransferError):
    """Another object of the same identifier is there already."""

    reason = Reason.OBJECT_CONFLICT


class StorageFull(TransferError):
    """There is no room left, or less than is to be kept free."""

    reason = Reason.STORAGE_FULL


class WeightsMismatch(CtboneError):
    """The weights on disk do not belong to the network that was built."""

    reason = Reason.WEIGHTS_MISMATCH


class NothingUsable(CtboneError):
    """The input holds nothing that the command could work on."""

    reason = Reason.NOTHING_USABLE


class WorkersLost(CtboneError):
    """Processes that are to work come to nothing before they are given a study."""

    reason = Reason.WORKER_LOST
