"""How primitives are computed for all lanes of a batch at once, one file per family."""
