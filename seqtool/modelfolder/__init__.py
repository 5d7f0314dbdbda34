"""Model folders: found by name, checked before use, written whole or not at all.

A model is a folder of open formats that one can copy, commit, zip and read; ``model.toml``
(the manifest) names every other file with its size and SHA-256.
"""
