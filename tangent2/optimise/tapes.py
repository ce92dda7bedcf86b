"""Tapes that a forward and a reverse loop share are one tape of tuples; a tape that repeats a list is that list."""
