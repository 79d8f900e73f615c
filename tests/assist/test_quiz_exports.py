"""Exports open in the programs they are made for, with every item, its key and its source."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docx import Document
from openpyxl import load_workbook
from pypdf import PdfReader

from assist.quiz.desk import QuizDesk
from assist.quiz.exports import FORMATS, Sheet, export
from assist.quiz.exports.qti import PACKAGE, QTI
from assist.quiz.model import Item, ItemKind, item_from
from kb.errors import UsageError
from tests.assist.quizzes import SetClock, open_base, order


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> tuple[Item, ...]:
    clock = SetClock()
    with open_base(tmp_path_factory.mktemp("quiz") / "home", clock) as base:
        desk = QuizDesk(base=base, clock=clock)
        made = [desk.preview(order(4, kinds=(kind,))).items for kind in ItemKind if kind is not ItemKind.FIVE_W]
    return tuple(item for same in made for item in same)


@pytest.fixture(scope="module")
def sheet(items: tuple[Item, ...]) -> Sheet:
    return Sheet("十一月 <新政策> 测验", items, 30, "2026-11-21")


def test_the_workbook_has_a_bank_a_key_and_an_answer_sheet(sheet: Sheet, items: tuple[Item, ...]) -> None:
    book = load_workbook(BytesIO(export("xlsx", sheet)))
    assert book.sheetnames == ["题库", "答案", "答题卡"]
    bank = list(book["题库"].iter_rows(min_row=2, values_only=True))
    assert sorted(str(row[1]) for row in bank) == sorted(item.stem for item in items)
    key = {row[0]: row[2] for row in book["答案"].iter_rows(min_row=2, values_only=True)}
    assert {row[-1]: row[8] for row in bank} == key
    assert all(row[2] is None for row in book["答题卡"].iter_rows(min_row=2, values_only=True))


def test_a_stem_that_looks_like_a_formula_stays_text(items: tuple[Item, ...]) -> None:
    from dataclasses import replace

    book = load_workbook(BytesIO(export("xlsx", Sheet("测验", (replace(items[0], stem="=1+1"),)))))
    assert book["题库"]["B2"].data_type == "s"


def test_the_word_paper_keeps_the_key_from_the_questions(sheet: Sheet, items: tuple[Item, ...]) -> None:
    document = Document(BytesIO(export("docx", sheet)))
    texts = [paragraph.text for paragraph in document.paragraphs]
    at = next(place for place, text in enumerate(texts) if "参考答案" in text)
    questions = "\n".join(texts[:at])
    assert all(item.stem in questions for item in items)
    assert not any(item.explanation and item.explanation in questions for item in items if item.kind is ItemKind.SHORT)
    key = document.tables[-1]
    assert len(key.rows) == len(items) + 1
    assert sorted(row.cells[2].text for row in key.rows[1:]) == sorted(item.letters for item in items)


def test_the_pdf_paper_reads_in_chinese_on_several_pages(sheet: Sheet, items: tuple[Item, ...]) -> None:
    reader = PdfReader(BytesIO(export("pdf", sheet)))
    assert len(reader.pages) >= 3
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    assert "十一月<新政策>测验" in text
    assert "答题卡" in text
    assert "参考答案" in text
    assert all(re.sub(r"\s", "", option) in text for option in items[0].options)


def test_gift_parses_into_the_same_questions_and_answers(sheet: Sheet, items: tuple[Item, ...]) -> None:
    text = export("gift", sheet).decode()
    found = re.findall(r"::(\d+) [^:]*::\[plain\](.*?)(?<!\\)\{\n(.*?)\n(?<!\\)\}\n", text, re.S)
    assert len(found) == len(items)
    for item, (_, _, answers) in zip(items, found, strict=True):
        marked = re.findall(r"^([=~])(?:%([\d.-]+)%)?((?:\\.|[^\\\n#])*)", answers, re.M)
        read = [(mark, share, re.sub(r"\\(.)", r"\1", body)) for mark, share, body in marked]
        if item.kind.one_right:
            assert [body for mark, _, body in read if mark == "="] == list(item.right)
            assert sorted(body for mark, _, body in read if mark == "~") == sorted(set(item.options) - set(item.right))
        elif item.kind is ItemKind.MULTIPLE:
            assert {body for _, share, body in read if float(share) > 0} == set(item.right)
        elif item.kind is ItemKind.TRUE_FALSE:
            assert answers.startswith("TRUE" if item.right == ("正确",) else "FALSE")


def test_the_qti_package_names_every_item_and_its_correct_response(sheet: Sheet, items: tuple[Item, ...]) -> None:
    package = zipfile.ZipFile(BytesIO(export("qti", sheet)))
    manifest = ET.fromstring(package.read("imsmanifest.xml"))
    hrefs = [one.get("href", "") for one in manifest.iter(f"{{{PACKAGE}}}resource")]
    assert set(hrefs) <= set(package.namelist())
    assert len(hrefs) == len(items) + 1
    test = ET.fromstring(package.read("test.xml"))
    order_of = [one.get("href", "") for one in test.iter(f"{{{QTI}}}assessmentItemRef")]
    for item, href in zip(items, order_of, strict=True):
        root = ET.fromstring(package.read(href))
        values = [value.text for value in root.findall(f".//{{{QTI}}}correctResponse/{{{QTI}}}value")]
        choices = {one.get("identifier"): one.text for one in root.iter(f"{{{QTI}}}simpleChoice")}
        assert list(choices.values()) == list(item.options)
        if item.options:
            assert [choices[str(value)] for value in values] == list(item.right)
        else:
            assert values == [item.answers[0]]


def test_the_anki_collection_has_a_note_and_a_card_an_item(
    sheet: Sheet, items: tuple[Item, ...], tmp_path: Path
) -> None:
    package = zipfile.ZipFile(BytesIO(export("anki", sheet)))
    package.extract("collection.anki2", tmp_path)
    with sqlite3.connect(tmp_path / "collection.anki2") as collection:
        notes = collection.execute("SELECT guid, flds, tags FROM notes").fetchall()
        cards = collection.execute("SELECT COUNT(*) FROM cards").fetchone()[0]
    collection.close()
    assert {guid for guid, _, _ in notes} == {item.id for item in items}
    assert cards == len(items)
    assert all("《" in fields.split("\x1f")[3] for _, fields, _ in notes)


def test_json_gives_back_the_same_items(sheet: Sheet, items: tuple[Item, ...]) -> None:
    data = json.loads(export("json", sheet))
    assert tuple(item_from(one) for one in data["items"]) == items


def test_an_unknown_format_and_an_empty_paper_are_refused() -> None:
    with pytest.raises(UsageError):
        export("wps", Sheet("测验", ()))
    for name in FORMATS:
        with pytest.raises(UsageError):
            export(name, Sheet("测验", ()))
