"""Ownership: sums into fresh arrays that nothing else reads are accumulated in place."""
