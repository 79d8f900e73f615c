"""Read the editable sources of the sample policies: front matter and a small block grammar.

One non-empty line is one block. `# ` and `## ` are headings, `表N　...` before a table is its caption, lines that
start with `|` form a table, `**第一条　目的**　text` is a clause with a bold lead, `（一）...`, `1. ...` are items.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MANIFEST_KEYS = (
    "title",
    "kind",
    "audience",
    "product",
    "department",
    "effective_from",
    "effective_to",
    "supersedes",
    "version",
    "clauses",
)


@dataclass(frozen=True)
class Block:
    """One block of a document: heading, caption, table, clause, item or plain paragraph."""

    kind: str
    text: str = ""
    level: int = 0
    lead: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Source:
    """A parsed source file: its metadata, blocks and raw body."""

    path: Path
    meta: dict[str, Any]
    blocks: list[Block] = field(default_factory=list)
    body: str = ""

    @property
    def target(self) -> str:
        """Path of the built document, relative to samples/."""
        return str(self.meta["file"])

    @property
    def suffix(self) -> str:
        """Format of the built document, e.g. '.pdf'."""
        return Path(self.target).suffix

    @property
    def is_public(self) -> bool:
        """Whether customers may see the document."""
        return bool(self.meta["audience"] == "public")

    def manifest_entry(self) -> dict[str, Any]:
        """The document's metadata in the order and names of manifest.yaml."""
        return {key: self.meta[key] for key in MANIFEST_KEYS if self.meta.get(key) not in (None, [], "")}


def _split_row(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def parse_blocks(body: str) -> list[Block]:
    """Parse the body of a source file into blocks."""
    blocks: list[Block] = []
    rows: list[tuple[str, ...]] = []

    def flush() -> None:
        if rows:
            if len({len(row) for row in rows}) != 1:
                raise ValueError(f"ragged table: {rows[0]}")
            blocks.append(Block("table", rows=tuple(rows)))
            rows.clear()

    for line in body.splitlines():
        line = line.strip()
        if line.startswith("|"):
            if not re.fullmatch(r"\|[\s\-|]+\|", line):
                rows.append(_split_row(line))
            continue
        flush()
        if not line:
            continue
        heading = re.match(r"(#{1,3})\s+(.*)", line)
        clause = re.match(r"\*\*(.+?)\*\*　?(.*)", line)
        if heading:
            blocks.append(Block("heading", heading[2], level=len(heading[1])))
        elif clause:
            blocks.append(Block("clause", clause[2], lead=clause[1]))
        elif re.match(r"表\d+　", line):
            blocks.append(Block("caption", line))
        elif re.match(r"（[一二三四五六七八九十]+）|\d+\. ", line):
            blocks.append(Block("item", line))
        else:
            blocks.append(Block("text", line))
    flush()
    return blocks


def read_source(path: Path) -> Source:
    """Read one source file with YAML front matter."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return Source(path, yaml.safe_load(head), parse_blocks(body), body.strip() + "\n")


def column_widths(rows: tuple[tuple[str, ...], ...], total: float) -> list[float]:
    """Share out a table's width by the longest and the mean text of each column."""

    def units(text: str) -> float:
        return sum(1.0 if ord(ch) > 0x2E80 else 0.55 for ch in text)

    weights, minima = [], []
    for column in zip(*rows, strict=True):
        lengths = [units(cell) for cell in column]
        weights.append(min(max(max(lengths), 4.0), 34.0) ** 0.85)
        minima.append(min(max(lengths), 6.0))
    shares = [weight / sum(weights) * total for weight in weights]
    floor = [minimum * 10.0 + 12.0 for minimum in minima]
    if sum(floor) < total:
        lack = [max(low - share, 0.0) for low, share in zip(floor, shares, strict=True)]
        spare = [max(share - low, 0.0) for low, share in zip(floor, shares, strict=True)]
        taken = sum(lack) / sum(spare) if sum(spare) else 0.0
        shares = [s + a - b * taken for s, a, b in zip(shares, lack, spare, strict=True)]
    return shares
