"""Passes that make emitted code read well and run fast."""
