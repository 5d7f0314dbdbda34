"""torch modules: the shared recurrent layer and the networks built from it. Training only."""
