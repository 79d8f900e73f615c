"""More than two hundred files made to do harm, as bytes with the names they come under; the tests of reading use them.

Each would, with a careless reader, run something, read a file it must not, call out, write elsewhere, or never end.
"""

from __future__ import annotations

from tests.ingest.hostile.base import Bait, Hostile
from tests.ingest.hostile.mislabelled import mislabelled
from tests.ingest.hostile.office import good, office, zips
from tests.ingest.hostile.pdf import pdfs
from tests.ingest.hostile.texts import names, pages, texts

__all__ = ["Bait", "Hostile", "good", "hostile_files"]


def hostile_files(bait: Bait) -> tuple[Hostile, ...]:
    """All of them, in a fixed order, no two under one name."""
    return (*office(bait), *zips(), *pdfs(bait), *pages(bait), *texts(bait), *mislabelled(), *names(bait))
