"""Measurements of emitted code, of calls, of compilation and of import: `python -m tests.benchmarks`."""
