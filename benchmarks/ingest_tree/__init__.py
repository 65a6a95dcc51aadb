"""Indexing a tree of CT files: ctbone beside GDCM, SimpleITK, pydicom and dcm2niix."""
