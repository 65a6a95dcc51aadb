"""Training heads: ctbone beside a plain MONAI and Lightning loop."""
