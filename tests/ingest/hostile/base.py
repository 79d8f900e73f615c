"""What every module of hostile files stands on: a file with the name it comes under, and what the files reach for."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True)
class Bait:
    """What the files reach for: a file outside, a port where somebody listens, a file they would like to make."""

    secret: str
    port: int
    mark: str


@dataclass(frozen=True)
class Hostile:
    """A file by the name it comes under, at most 255 bytes."""

    name: str
    data: bytes
