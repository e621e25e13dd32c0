"""Measurements of a running Millwright against bare equivalents: `make bench`, or `python -m bench --only list`."""
