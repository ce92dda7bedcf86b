"""Analyses (`Function -> Facts`) and the passes that act on them before any transform."""
