"""Transforms of core functions: forward, reverse."""
