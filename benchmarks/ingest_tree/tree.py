"""A tree of axial CT files as an archive would send it, with headers of 3 to 4 kB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

#: Files of a series.
SLICES = 100


def make_tree(root: Path, *, series: int, slices: int = SLICES) -> None:
    """Write an export of axial CT series, three a study, with headers of 3 to 4 kB."""
    from pydicom.uid import generate_uid

    for number in range(series):
        study = number // 3
        folder = root / f"{study:04d}" / f"{number % 3:04d}"
        folder.mkdir(parents=True)
        dataset = _slice(study=study, series=number)
        for index in range(slices):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(
                entropy_srcs=[str(number), str(index)]
            )
            dataset.InstanceNumber = index + 1
            dataset.ImagePositionPatient = [-180.5, -171.25, -812.0 + 1.25 * index]
            dataset.SliceLocation = -812.0 + 1.25 * index
            dataset.save_as(folder / f"{index:06d}", enforce_file_format=True)


def _slice(*, study: int, series: int) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.update(
        {
            "SOPClassUID": CTImageStorage,
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
            "StudyDate": "20240229",
            "SeriesDate": "20240229",
            "AcquisitionDate": "20240229",
            "ContentDate": "20240229",
            "StudyTime": "101112.345000",
            "SeriesTime": "101212.345000",
            "AcquisitionTime": "101312.345000",
            "ContentTime": "101412.345000",
            "AccessionNumber": f"A{study:08d}",
            "Modality": "CT",
            "Manufacturer": "SIEMENS",
            "InstitutionName": "Example hospital",
            "InstitutionAddress": "Example street 1, Example town",
            "ReferringPhysicianName": "Referrer^Example",
            "StationName": "CTAWP00001",
            "StudyDescription": "CT Thorax/Abdomen",
            "SeriesDescription": f"Abdomen 1.25 Br38 {series}",
            "ManufacturerModelName": "SOMATOM Definition AS+",
            "PatientName": f"Patient^Example {study}",
            "PatientID": f"P{study:06d}",
            "PatientBirthDate": "19590401",
            "PatientSex": "F",
            "PatientAge": "064Y",
            "BodyPartExamined": "ABDOMEN",
            "SliceThickness": "1.25",
            "KVP": "120",
            "DataCollectionDiameter": "500",
            "DeviceSerialNumber": "12345",
            "SoftwareVersions": "syngo CT 2012B",
            "ProtocolName": "Abdomen native",
            "ReconstructionDiameter": "360",
            "DistanceSourceToDetector": "1085.6",
            "DistanceSourceToPatient": "595",
            "GantryDetectorTilt": "0",
            "TableHeight": "151",
            "RotationDirection": "CW",
            "ExposureTime": "500",
            "XRayTubeCurrent": "215",
            "Exposure": "179",
            "FilterType": "0",
            "GeneratorPower": "26",
            "FocalSpots": "1.2",
            "ConvolutionKernel": ["Br38f", "3"],
            "PatientPosition": "HFS",
            "StudyInstanceUID": generate_uid(entropy_srcs=[f"study {study}"]),
            "SeriesInstanceUID": generate_uid(entropy_srcs=[f"series {series}"]),
            "StudyID": "1",
            "SeriesNumber": str(series % 3 + 1),
            "AcquisitionNumber": "1",
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "FrameOfReferenceUID": generate_uid(entropy_srcs=[f"frame {study}"]),
            "SamplesPerPixel": 1,
            "PhotometricInterpretation": "MONOCHROME2",
            "Rows": 16,
            "Columns": 16,
            "PixelSpacing": ["0.703125", "0.703125"],
            "BitsAllocated": 16,
            "BitsStored": 12,
            "HighBit": 11,
            "PixelRepresentation": 0,
            "WindowCenter": ["40", "-600"],
            "WindowWidth": ["400", "1200"],
            "RescaleIntercept": "-1024",
            "RescaleSlope": "1",
            "RescaleType": "HU",
            "PixelData": bytes(512),
        }
    )
    _add_sequences(dataset)
    return dataset


def _add_sequences(dataset: Dataset) -> None:
    """Add what fills real headers: references, codes and a private block."""
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence
    from pydicom.uid import CTImageStorage, generate_uid

    reference = Dataset()
    reference.ReferencedSOPClassUID = CTImageStorage
    reference.ReferencedSOPInstanceUID = generate_uid(entropy_srcs=["reference"])
    dataset.ReferencedImageSequence = Sequence([reference] * 4)
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "CTABD", "LOCAL", "CT abdomen"
    dataset.ProcedureCodeSequence = Sequence([code])
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", bytes(400))
    block.add_new(0x08, "CS", "IMAGE NUM 4")
