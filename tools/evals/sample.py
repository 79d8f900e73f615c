"""Writes a sample of the cases, spread over their tags, for an evaluation with a slow model.

Usage: python tools/evals/sample.py COUNT OUT CASES.jsonl...
"""

from __future__ import annotations

import json
import random
import sys
from collections import defaultdict
from pathlib import Path


def main(count: int, out: Path, files: list[Path]) -> None:
    """Takes cases of each set of tags in turn until `count` are chosen."""
    strata: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            tags = tuple(sorted(tag for tag in json.loads(line)["tags"] if not tag.startswith("type:")))
            strata[tags].append(line)
    chance = random.Random(11)
    chosen: list[str] = []
    for lines in strata.values():
        chance.shuffle(lines)
    while len(chosen) < count and any(strata.values()):
        for _tags, lines in sorted(strata.items()):
            if lines and len(chosen) < count:
                chosen.append(lines.pop())
    out.write_text("\n".join(sorted(chosen)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
