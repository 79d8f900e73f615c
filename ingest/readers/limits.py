"""How much of a file a reader will take; used by every reader and by the child process that runs them."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file; whatever goes beyond them is refused.

    Sizes are bytes. `unpacked_bytes` and `ratio` bound what a zip container (docx, xlsx, pptx) may unfold to;
    `memory_bytes` is the address space of the child process; `stall_seconds` may pass without a page being finished,
    `total_seconds` for the whole file (wall clock).
    """

    file_bytes: int = 100 * MB
    unpacked_bytes: int = 600 * MB
    ratio: int = 200
    entries: int = 20_000
    pages: int = 3_000
    cells: int = 2_000_000
    columns: int = 500
    characters: int = 20_000_000
    memory_bytes: int = 4096 * MB
    stall_seconds: float = 180.0
    total_seconds: float = 3_600.0


DEFAULT = Limits()
