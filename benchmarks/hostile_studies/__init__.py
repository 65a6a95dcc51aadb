"""Damaged studies through ``ctbone screen``: none is lost, and nothing crashes."""
