"""NumPy's functions that are others of its functions put together: read and differentiated as the user's own are."""
