"""What a line command writes beside JSON lines and tables: conll.py, pretty.py, pretty_tags.py, entity_page.py, matrix.py."""
