"""Readers of the files in ``demo/data``: bytes in, one typed row or one ``RowError`` at a time out."""
