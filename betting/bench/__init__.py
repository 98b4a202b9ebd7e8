"""A data set of many millions of rows, and how long the back-office's pages take on it: docs/measured.md."""
