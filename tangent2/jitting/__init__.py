"""Emitted text compiled by Numba: spelled for it, checked against what Python means, run where it is faster."""
