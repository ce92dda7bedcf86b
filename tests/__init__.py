"""Tests: they mirror the package; beside them the harness, the generator and the corpus."""
