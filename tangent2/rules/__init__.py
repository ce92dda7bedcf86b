"""Derivative rules: the declaration format, its templates, and the tables."""
