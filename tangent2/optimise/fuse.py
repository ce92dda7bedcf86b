"""Two branches on the same condition become one (in work: claimed, see tests/optimise/test_fuse.py)."""
