#!/usr/bin/env bash
# A column of labels for a spreadsheet: CSV in, CSV out, every other column as it was.
set -euo pipefail
cd "$(dirname "$0")"
seqtool classify labelled.csv --prefix found_ --format csv --columns stars,found_stars,found_label,text
