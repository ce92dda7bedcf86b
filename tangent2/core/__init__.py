"""The core language: syntax, kinds, primitives, and the checker and evaluator that define it."""
