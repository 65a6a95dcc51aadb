"""Bodies: everything about a simulated patient, drawn from one seed before any voxel."""
