#!/usr/bin/env bash
# The texts of the reviews that give one or two stars.
set -euo pipefail
cd "$(dirname "$0")"
seqtool classify reviews.txt | jq -r 'select(.stars != null and .stars <= 2) | .text'
