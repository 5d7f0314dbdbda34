"""From scores to answers: numpy alone; no model is known here.

Tags and states of whole sequences: :mod:`schemes`, :mod:`viterbi`; :mod:`grammar`, :mod:`paths`.
One id after another: :mod:`step` (what a model gives), :mod:`transforms` (what its scores become),
:mod:`beam` and :mod:`sampling` (which ids follow), :mod:`stopping` (what text they are, and where it ends).
"""
