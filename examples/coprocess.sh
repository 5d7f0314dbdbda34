#!/usr/bin/env bash
# One seqtool for a whole script: opened once, asked line by line through a coprocess.
set -euo pipefail
coproc SEQTOOL { seqtool classify --input text; }
for text in "I love it" "It broke after a day"; do
  echo "$text" >&"${SEQTOOL[1]}"
  read -r answer <&"${SEQTOOL[0]}"
  echo "$answer"
done
exec {SEQTOOL[1]}>&-
wait "$SEQTOOL_PID"
