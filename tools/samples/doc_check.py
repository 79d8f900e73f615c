"""Read every built document back and check its wording and figures (used by `policies.py --check`)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import yaml
from doc_source import Source
from docx import Document
from docx.table import Table
from openpyxl import load_workbook
from pptx import Presentation
from pypdf import PdfReader

FIGURES = Path(__file__).resolve().parent / "content" / "policies" / "figures.yaml"
SECRETS = ["≤20元", "≤100元", "单户挽留资源", "补偿权限", "35%", "340元", "值班经理"]


class _Text(HTMLParser):
    """Collects the text of an HTML page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.parts.append(data)


def squeeze(text: str) -> str:
    """The text without any white space."""
    return re.sub(r"\s+", "", text)


def extract(path: Path) -> str:
    """Plain text of a built document, running heads and feet left out."""
    if path.suffix == ".pdf":
        pages = [(page.extract_text() or "").splitlines() for page in PdfReader(path).pages]
        return "\n".join("\n".join(lines[2:-2]) for lines in pages)
    if path.suffix == ".docx":
        items = Document(str(path)).iter_inner_content()
        return "\n".join(
            "\n".join(" ".join(cell.text for cell in row.cells) for row in item.rows)
            if isinstance(item, Table)
            else item.text
            for item in items
        )
    if path.suffix == ".pptx":
        parts: list[str] = []
        for slide in Presentation(str(path)).slides:
            for shape in slide.shapes:
                if shape.has_text_frame:
                    parts.append(shape.text_frame.text)
                if shape.has_table:
                    parts += [" ".join(cell.text for cell in row.cells) for row in shape.table.rows]
            parts.append(slide.notes_slide.notes_text_frame.text)
        return "\n".join(parts)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        parser = _Text()
        parser.feed(text)
        return "\n".join(parser.parts)
    return text


def check(samples: Path, sources: list[Source]) -> list[str]:
    """Return what is wrong with the built files; an empty list means nothing."""
    problems: list[str] = []
    files = {path.name: squeeze(extract(path)) for path in sorted((samples / "policies").iterdir())}
    for source in sources:
        name = Path(source.target).name
        for block in source.blocks:
            wanted = ["".join(row) for row in block.rows] or [block.lead + block.text]
            text = files[name].replace("|", "").replace("**", "")
            problems += [f"{name}: lost {want[:40]}" for want in wanted if squeeze(want) not in text]
        if source.is_public:
            problems += [f"{name}: leaks {secret}" for secret in SECRETS if secret in files[name]]
    expected: dict[str, list[str]] = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    for part, figures in expected.items():
        names = [name for name in files if part in name]
        if len(names) != 1:
            problems.append(f"{part}: {len(names)} files")
            continue
        problems += [f"{names[0]}: no {figure}" for figure in figures if squeeze(figure) not in files[names[0]]]
    return problems + _check_products(samples)


def _check_products(samples: Path) -> list[str]:
    """Every product named in the manifest or the offers must be a 产品 of the glossary."""
    rows = list(load_workbook(samples / "terms.xlsx").worksheets[0].iter_rows(min_row=2, values_only=True))
    terms = {str(row[0]) for row in rows}
    products = {str(row[0]) for row in rows if row[2] == "产品"}
    offers = list(load_workbook(samples / "offers.xlsx").worksheets[0].iter_rows(min_row=2, values_only=True))
    problems = [f"terms: offer {row[1]} is missing" for row in offers if row[1] not in products]
    plans = {f"畅行{price}" for price in (59, 99, 129, 199, 299)} | {"青春卡", "银龄卡", "乡韵卡"}
    problems += [f"terms: plan {plan} is missing" for plan in sorted(plans - products)]
    manifest = yaml.safe_load((samples / "manifest.yaml").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        problems += [f"terms: {name} ({entry['path']})" for name in entry.get("product", []) if name not in terms]
    for row in offers:
        problems += [f"terms: {name} ({row[0]})" for name in str(row[13]).split("；") if name not in terms]
    return problems
