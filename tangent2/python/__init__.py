"""The border to Python: reading and lowering functions, emitting and loading text."""
