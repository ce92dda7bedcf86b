"""Random programs: plain NumPy functions made of text, each checked in every mode and nesting."""
