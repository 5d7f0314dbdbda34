#!/usr/bin/env bash
# Reviews judged sentence by sentence: line number, label, sentence.
set -euo pipefail
cd "$(dirname "$0")"
seqtool tokenize --kind sentences --each reviews.txt | seqtool classify | jq -r '[.source_line, .label, .text] | @tsv'
