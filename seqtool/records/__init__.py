"""The record stream: lines in, records out, in order, in bounded memory.

Read the files in this order: ``record`` (what a record is), ``json_text`` (numbers as they
were written), ``files`` and ``lines`` (a file to bytes, bytes to lines), ``read`` with
``table``, ``conll`` and ``fasta`` (lines to records), ``window`` (gather, answer, put back),
``write``, ``output`` and ``terminal`` (records to bytes, and where they go), ``signals``.
"""
