"""Pictures: maps of words or lines in two dimensions, as HTML, SVG or PNG.

Read in this order: ``words`` (what a map is made of, and ``write_plot``), ``projection`` (vectors to
two dimensions), ``text`` (harmless, shortened, measured), ``colours``, ``labels`` (where each label goes
so that none overlaps), ``layout`` (what all formats share), ``page`` (HTML) with ``page_parts`` (its CSS
and JavaScript), ``image`` (SVG and PNG).
"""
