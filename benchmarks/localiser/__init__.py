"""The localiser against truth, in one command: see ``__main__``."""
