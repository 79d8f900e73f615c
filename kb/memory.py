"""Gives freed memory back to the operating system; app.py calls it once everything is loaded."""

from __future__ import annotations

import ctypes
from contextlib import suppress


def trim() -> None:
    """Returns what loading models and indexes left unused in the allocator; where that is not possible, nothing.

    glibc keeps freed memory for itself (`malloc_trim(3)`): after a start with 100,000 passages, some 50 MB.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
