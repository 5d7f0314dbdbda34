"""Pictures: maps of words or lines in two dimensions as HTML, SVG or PNG, and pages of texts with their entities.

Read in this order: ``projection`` (vectors to two dimensions), ``text`` (harmless, shortened, measured), ``colours``,
``labels`` (where each label goes so that none overlaps), ``word_map`` (what a map is made of, and its layout),
then what draws it: ``page`` (HTML), ``image`` (SVG and PNG). ``entities`` stands alone.
"""
