"""Does a network's state tell one bat from the other?  Sentences of our own, ``embed --method words``.

For every sentence: is the bat of the nearest other sentence (cosine) of the same kind?  The vector of a
word alone is the same in all of them, so half right is chance.

    python benchmarks/bats.py --model sentiment-en
"""

from __future__ import annotations

import json
import subprocess

import common

SPORT = [
    "I saw a bat, I played cricket.",
    "He swung the bat and hit the ball over the fence.",
    "She bought a new bat for the baseball season.",
    "The batsman dropped his bat when the ball hit his glove.",
    "My wooden bat broke in the last game.",
    "The coach told me to hold the bat with both hands.",
]
ANIMAL = [
    "I saw a bat, it flew from east to west.",
    "A bat hung from the roof of the dark cave.",
    "The bat hunts insects at night with its ears.",
    "A small brown bat slept in our attic all winter.",
    "The wings of a bat are made of skin.",
    "At dusk a bat left the tree to look for fruit.",
]


def main() -> None:
    parser = common.parser(__doc__)
    arguments = parser.parse_args()
    sentences = SPORT + ANIMAL
    command = common.seqtool("embed", "-m", arguments.model, "--method", "words", "--normalize", "--precision", "6")
    output = subprocess.run(command, input="\n".join(sentences).encode(), capture_output=True, check=True).stdout
    bats = []
    for line in output.splitlines():
        record = json.loads(line)
        bats.append(record["vector"][record["tokens"].index("bat")])
    right = 0
    for number, bat in enumerate(bats):
        cosines = [
            (sum(a * b for a, b in zip(bat, other)), place) for place, other in enumerate(bats) if place != number
        ]
        nearest = max(cosines)[1]
        same = (nearest < len(SPORT)) == (number < len(SPORT))
        right += same
        print(f"{'right' if same else 'wrong'}: {sentences[number]} -> {sentences[nearest]}")
    print(f"{right} of {len(bats)} beside a bat of their own kind")
    common.append_json(arguments.json, "bats", arguments, {"right": right, "of": len(bats)})


if __name__ == "__main__":
    main()
