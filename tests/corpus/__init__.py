"""Whole programs, right in every mode and nesting and under every switch."""
