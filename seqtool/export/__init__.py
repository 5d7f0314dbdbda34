"""torch networks to ONNX graphs, and back. Training only."""
