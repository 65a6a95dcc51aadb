"""What is read of a header: every attribute by a name, and nothing else.

The report of what was done to identifiers is made of these tables.
"""

from __future__ import annotations

#: Attributes that differ from slice to slice.
SLICE_TAGS = {
    "sop_instance_uid": 0x00080018,
    "instance_number": 0x00200013,
    "position": 0x00200032,
}

#: Attributes that most slices of a series share.
COMMON_TAGS = {
    "study_uid": 0x0020000D,
    "series_uid": 0x0020000E,
    "sop_class_uid": 0x00080016,
    "modality": 0x00080060,
    "image_type": 0x00080008,
    "manufacturer": 0x00080070,
    "model": 0x00081090,
    "serial": 0x00181000,
    "station": 0x00081010,
    "description": 0x0008103E,
    "protocol": 0x00181030,
    "kernel": 0x00181210,
    "kvp": 0x00180060,
    "contrast_agent": 0x00180010,
    "contrast_agents": 0x00180012,
    "contrast_start": 0x00181042,
    "contrast_route": 0x00181040,
    "body_part": 0x00180015,
    "patient_id": 0x00100020,
    "issuer": 0x00100021,
    "birth_date": 0x00100030,
    "age": 0x00101010,
    "sex": 0x00100040,
    "study_date": 0x00080020,
    "accession": 0x00080050,
    "series_number": 0x00200011,
    "acquisition": 0x00200012,
    "orientation": 0x00200037,
    "spacing": 0x00280030,
    "thickness": 0x00180050,
    "rows": 0x00280010,
    "columns": 0x00280011,
    "frames": 0x00280008,
    "samples": 0x00280002,
    "photometric": 0x00280004,
    "bits_allocated": 0x00280100,
    "bits_stored": 0x00280101,
    "high_bit": 0x00280102,
    "is_signed": 0x00280103,
    "slope": 0x00281053,
    "intercept": 0x00281052,
    "rescale_type": 0x00281054,
    "padding": 0x00280120,
    "padding_limit": 0x00280121,
    "lossy": 0x00282110,
    "encrypted": 0x04000500,
}

TAGS = SLICE_TAGS | COMMON_TAGS

#: What is read beside ``TAGS``: the transfer syntax of every file, and of multi-frame objects what
#: tells one frame from another. AnatomicRegionSequence is read for the CodeMeaning in it.
FURTHER_TAGS = {
    "transfer_syntax": 0x00020010,
    "frame_type": 0x00089007,
    "frame_acquisition": 0x00209156,
    "frame_phase": 0x00209128,
    "frame_stack": 0x00209056,
    "frame_region": 0x00082218,
    "frame_region_meaning": 0x00080104,
}

#: What is read of images besides where DICOM objects refer to them.
REFERENCE_TAGS = {"character_set": 0x00080005, "frame_of_reference": 0x00200052}
