"""Make Office files byte-stable: fixed zip times, sorted-as-written members and fixed core properties."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path


def normalise(path: Path, stamp: str) -> None:
    """Rewrite the zip at `path` with fixed member times and the date `stamp` (YYYY-MM-DD) in its core properties."""
    moment = f"{stamp}T08:00:00Z"
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for item in old.infolist():
            data = old.read(item.filename)
            if item.filename == "docProps/core.xml":
                text = data.decode("utf-8")
                for tag in ("created", "modified"):
                    text = re.sub(rf"(<dcterms:{tag}[^>]*>)[^<]*(<)", rf"\g<1>{moment}\g<2>", text)
                data = text.encode("utf-8")
            info = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            new.writestr(info, data)
    path.write_bytes(out.getvalue())
