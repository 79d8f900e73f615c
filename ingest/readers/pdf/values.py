"""What a PDF page shows as plain values: pieces of text and ruled lines, upright, measured from the top left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Text drawn in one go; coordinates in points, x to the right, y downwards; `size` is the height of the letters."""

    x0: float
    top: float
    x1: float
    bottom: float
    text: str
    size: float
    bold: bool = False

    @property
    def middle(self) -> float:
        """Height of the middle of the letters."""
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, horizontal (`top` == `bottom`) or vertical (`x0` == `x1`)."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def horizontal(self) -> bool:
        """True for a line from left to right."""
        return self.top == self.bottom


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `number` from 1; `image_share` is the part of the page, 0 to 1, that pictures cover.

    `unreadable` is the share, 0 to 1, of its characters that the fonts do not translate; `scanned` marks text that was
    recognised from a picture.
    """

    number: int
    width: float
    height: float
    pieces: tuple[Piece, ...] = ()
    rules: tuple[Rule, ...] = ()
    image_share: float = 0.0
    unreadable: float = 0.0
    scanned: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces that stand beside each other, left to right: `segments` between wide gaps, `words` between any gaps."""

    segments: tuple[Piece, ...]
    words: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """The whole line; wide gaps become one space."""
        return " ".join(segment.text for segment in self.segments)

    @property
    def x0(self) -> float:
        """Where the line begins."""
        return self.segments[0].x0

    @property
    def x1(self) -> float:
        """Where the line ends."""
        return self.segments[-1].x1

    @property
    def top(self) -> float:
        """Upper edge."""
        return min(segment.top for segment in self.segments)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return max(segment.bottom for segment in self.segments)

    @property
    def size(self) -> float:
        """Height of its longest segment's letters."""
        return max(self.segments, key=lambda segment: len(segment.text)).size

    @property
    def bold(self) -> bool:
        """True when all of it is bold."""
        return all(segment.bold for segment in self.segments)
