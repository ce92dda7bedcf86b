"""Tests of the border between Python text and the core."""
