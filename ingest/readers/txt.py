"""Reads plain text: encodings, hard-wrapped lines, nothing of Markdown."""

from __future__ import annotations

from pathlib import Path

from ingest.clean import rejoin, tidy
from ingest.model import Block, BlockKind, RawDocument
from ingest.readers.decode import decode
from ingest.readers.limits import Limits
from ingest.readers.refusals import empty


def read(path: Path, *, limits: Limits) -> RawDocument:
    """The paragraphs of a text file; a text without line breaks is one paragraph. The title stays empty."""
    text, warnings = decode(path.read_bytes(), limits=limits)
    paragraphs = [cleaned for line in rejoin(text.replace("\f", "\n\n").split("\n")) if (cleaned := tidy(line))]
    if not paragraphs:
        raise empty()
    blocks = tuple(Block(BlockKind.PARAGRAPH, paragraph) for paragraph in paragraphs)
    return RawDocument(title="", format="txt", blocks=blocks, warnings=warnings)
