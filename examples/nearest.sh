#!/usr/bin/env bash
# Which earlier review says most nearly the same as each of these lines?
set -euo pipefail
cd "$(dirname "$0")"
printf 'the battery is fine\nloud street, no sleep\n' |
  seqtool similar --corpus reviews.txt --top 1 | jq -r '"\(.text) -> \(.answers[0].text)"'
