"""``python -m ctbone``."""

from ctbone.cli import main

main()
