"""The record stream: lines in, records out, in order, in bounded memory.

Read the files in this order: ``json_text`` (numbers as they were written), ``lines``
(bytes to lines), ``read`` (lines to records), ``window`` (gather, answer, put back),
``write`` and ``output`` (records to bytes, and where the bytes go), ``signals``.
"""
