"""Text to tokens with offsets, and back."""
