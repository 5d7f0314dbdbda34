#!/usr/bin/env bash
# The word of each line that does not belong.
set -euo pipefail
printf 'apple pear plum hammer\nfrance spain italy carpet\n' | seqtool analogy --odd | jq -r '.answers[0].word'
