"""A batch of texts in, answers out: small recurrent graphs, run by onnxruntime."""
