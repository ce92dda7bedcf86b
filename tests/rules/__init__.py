"""Tests of the rules, generated from the registry."""
