"""Build the sample policies, offers, glossary and manifest of the fictional operator 澜川通信 (a dev tool).

    python tools/samples/policies.py            build everything
    python tools/samples/policies.py --check    build, then read every file back and check its figures

The editable sources are in tools/samples/content/policies/; the built files are committed in samples/, so nobody
needs this tool to use the samples. Output is byte-stable: dates and metadata are fixed.

Packages: reportlab, python-docx, python-pptx, openpyxl, PyYAML; for --check also pypdf.
Fonts (SIL OFL 1.1, only subsets are embedded): NotoSansSC_400Regular.ttf, NotoSansSC_700Bold.ttf and
NotoSerifSC_400Regular.ttf from the npm packages @expo-google-fonts/noto-sans-sc and @expo-google-fonts/noto-serif-sc
(`npm pack NAME`, then unpack the files). They are looked for in $ZHIYING_FONTS, else in ~/dev/fonts.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from doc_docx import write_docx
from doc_html import write_html
from doc_pdf import register_fonts, write_pdf
from doc_pptx import write_pptx
from doc_source import MANIFEST_KEYS, Source, read_source
from doc_xlsx import write_offers, write_terms

HERE = Path(__file__).resolve().parent
CONTENT = HERE / "content" / "policies"
SAMPLES = HERE.parents[1] / "samples"
ROW_FILES: list[dict[str, Any]] = [
    {
        "path": "offers.xlsx",
        "title": "优惠清单",
        "kind": "offer",
        "audience": "internal",
        "department": "市场部",
        "version": "2026Q4",
    },
    {
        "path": "terms.xlsx",
        "title": "术语表",
        "kind": "terms",
        "audience": "public",
        "department": "业务支撑部",
        "version": "2026Q4",
    },
    {
        "path": "scripts.xlsx",
        "title": "规范应答话术",
        "kind": "script",
        "audience": "internal",
        "department": "客户服务部",
        "version": "2026Q4",
    },
    {
        "path": "faq.xlsx",
        "title": "常见问答",
        "kind": "faq",
        "audience": "internal",
        "department": "客户服务部",
        "version": "2026Q4",
    },
    {
        "path": "yingzhi.xlsx",
        "title": "应知应会",
        "kind": "learning",
        "audience": "internal",
        "department": "客户服务部",
        "version": "2026Q4",
    },
]
MANIFEST_HEAD = """\
# Manifest of the sample knowledge base. Built by tools/samples/policies.py; edit the sources there.
# Paths are relative to this file. effective_to is the last day in force. Markdown files carry their own front matter.
# offers.xlsx and faq.xlsx: the column 可见范围 (公开/内部) and the date columns of a row go before the entry here.
"""


def write_markdown(source: Source, target: Path) -> None:
    """Write a Markdown document with the front matter the importer reads."""
    head = yaml.safe_dump(source.manifest_entry(), allow_unicode=True, sort_keys=False, width=1000)
    target.write_text(f"---\n{head}---\n\n# {source.meta['title']}\n\n{_demote(source.body)}", encoding="utf-8")


def _demote(body: str) -> str:
    """Lower headings by one level and put blank lines between blocks, as Markdown wants them."""
    lines: list[str] = []
    for line in body.splitlines():
        if not (line.startswith("|") and lines and lines[-1].startswith("|")) and lines:
            lines.append("")
        lines.append(f"#{line}" if line.startswith("#") else line)
    return "\n".join(lines) + "\n"


def write_manifest(entries: list[dict[str, Any]], target: Path) -> None:
    """Write manifest.yaml."""
    data = {"version": 1, "defaults": {"audience": "internal", "department": "业务支撑部"}, "files": entries}
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000)
    target.write_text(MANIFEST_HEAD + text, encoding="utf-8")


def build() -> list[Source]:
    """Build every file; return the sources."""
    register_fonts(Path(os.environ.get("ZHIYING_FONTS", Path.home() / "dev" / "fonts")))
    (SAMPLES / "policies").mkdir(exist_ok=True)
    writers = {".pdf": write_pdf, ".docx": write_docx, ".html": write_html, ".md": write_markdown}
    sources = [read_source(path) for path in sorted(CONTENT.glob("*.md"))]
    entries: list[dict[str, Any]] = []
    for source in sources:
        writers[source.suffix](source, SAMPLES / source.target)
        if source.suffix != ".md":
            entries.append({"path": source.target, **source.manifest_entry()})
    for path in sorted(CONTENT.glob("*速递.yaml")):
        deck = yaml.safe_load(path.read_text(encoding="utf-8"))
        write_pptx(deck, SAMPLES / deck["file"])
        values = {key: deck[key] for key in MANIFEST_KEYS if deck.get(key)}
        entries.append({"path": deck["file"], **values})
    offers = write_offers(CONTENT / "offers.yaml", SAMPLES / "offers.xlsx")
    terms = write_terms(CONTENT / "terms.txt", SAMPLES / "terms.xlsx")
    write_manifest(entries + ROW_FILES, SAMPLES / "manifest.yaml")
    sys.stdout.write(f"{len(sources)} documents, 1 deck, {offers} offers, {terms} terms\n")
    return sources


def main() -> int:
    """Command line entry."""
    parser = argparse.ArgumentParser(description="Build the sample policies.")
    parser.add_argument("--check", action="store_true", help="read the built files back and check their figures")
    arguments = parser.parse_args()
    sources = build()
    if not arguments.check:
        return 0
    from doc_check import check  # needs pypdf, which the build itself does not

    problems = check(SAMPLES, sources)
    sys.stdout.write("\n".join(problems or ["all figures found"]) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
