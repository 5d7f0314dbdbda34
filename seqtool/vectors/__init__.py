"""Word vectors: stored so that they can be memory-mapped, searched exactly, put together to texts."""
