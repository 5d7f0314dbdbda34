"""What a line command writes: ``writer`` (what each does; JSON lines; two at once), ``table``, ``matrix``, ``conll``,
and for eyes ``pretty``, ``pretty_tags``, ``entity_page``.
"""
