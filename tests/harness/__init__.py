"""What tests of derivatives share: trees of numbers, differences, duality, and all nestings of two transforms."""
