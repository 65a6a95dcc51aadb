"""Reading CT: ctbone beside SimpleITK, pydicom, dcm2niix and MONAI."""
