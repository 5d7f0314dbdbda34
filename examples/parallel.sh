#!/usr/bin/env bash
# Several processes on one large file, the lines in their order (GNU parallel).
set -euo pipefail
cd "$(dirname "$0")"
parallel --pipe -k -N 4 seqtool classify --threads 1 --input text < reviews.txt
