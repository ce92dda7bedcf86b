"""What emitted code may import: NumPy only."""
