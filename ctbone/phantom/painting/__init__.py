"""How shapes turn into voxels."""
