"""IMS QTI 2.1 (imsglobal.org/question): an item file each, a test, and the manifest of the package, zipped."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.etree import ElementTree as ET

from assist.quiz.exports import Sheet, source_line
from assist.quiz.model import BLANK, GAP, Item, ItemKind

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
_CARDINALITY = {ItemKind.MULTIPLE: "multiple", ItemKind.ORDER: "ordered"}


def write(sheet: Sheet) -> bytes:
    """The package; file times are fixed, so that the same sheet makes the same bytes."""
    names = [f"item-{number:03d}-{item.id}" for number, item in enumerate(sheet.items, start=1)]
    files = {f"items/{name}.xml": _xml(item_xml(name, item)) for name, item in zip(names, sheet.items, strict=True)} | {
        "test.xml": _xml(_test(sheet, names)),
        "imsmanifest.xml": _xml(_manifest(names)),
    }
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in sorted(files.items()):
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def item_xml(name: str, item: Item) -> ET.Element:
    """One assessment item with its key, its interaction and, where a machine can tell, its scoring."""
    root = ET.Element(
        "assessmentItem", xmlns=QTI, identifier=name, title=(item.topic or item.kind.label), adaptive="false",
        timeDependent="false",
    )  # fmt: skip
    written = item.kind in (ItemKind.FILL, ItemKind.SHORT)
    declared = ET.SubElement(
        root, "responseDeclaration", identifier="RESPONSE", cardinality=_CARDINALITY.get(item.kind, "single"),
        baseType="string" if written else "identifier",
    )  # fmt: skip
    correct = ET.SubElement(declared, "correctResponse")
    for value in item.answers[:1] if written else [f"C{at}" for at in item.key]:
        ET.SubElement(correct, "value").text = value
    score = ET.SubElement(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    ET.SubElement(ET.SubElement(score, "defaultValue"), "value").text = "0"
    _body(root, item)
    if item.kind is not ItemKind.SHORT:
        ET.SubElement(root, "responseProcessing", template=MATCH)
    feedback = ET.SubElement(root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier="SOURCE", showHide="show")
    feedback.text = f"{item.explanation} 出处：{source_line(item)}"
    shown = ET.Element("outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier")
    ET.SubElement(ET.SubElement(shown, "defaultValue"), "value").text = "SOURCE"
    root.insert(2, shown)
    return root


def _body(root: ET.Element, item: Item) -> None:
    body = ET.SubElement(root, "itemBody")
    lines = item.stem.split("\n")
    if item.kind is ItemKind.FILL:
        for line in lines:
            before, gap, after = line.partition(GAP)
            paragraph = ET.SubElement(body, "p")
            paragraph.text = before
            if gap:
                entry = ET.SubElement(paragraph, "textEntryInteraction", responseIdentifier="RESPONSE")
                entry.tail = after
        return
    for line in lines:
        ET.SubElement(body, "p").text = line.replace(BLANK, "（　）")
    if item.kind is ItemKind.SHORT:
        ET.SubElement(body, "extendedTextInteraction", responseIdentifier="RESPONSE", expectedLines="4")
    elif item.kind is ItemKind.ORDER:
        _choices(ET.SubElement(body, "orderInteraction", responseIdentifier="RESPONSE", shuffle="true"), item)
    else:
        most = "0" if item.kind is ItemKind.MULTIPLE else "1"
        _choices(
            ET.SubElement(body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="true", maxChoices=most),
            item,
        )


def _choices(interaction: ET.Element, item: Item) -> None:
    for at, option in enumerate(item.options):
        ET.SubElement(interaction, "simpleChoice", identifier=f"C{at}").text = option


def _test(sheet: Sheet, names: list[str]) -> ET.Element:
    root = ET.Element("assessmentTest", xmlns=QTI, identifier="test", title=sheet.title)
    if sheet.minutes:
        ET.SubElement(root, "timeLimits", maxTime=str(sheet.minutes * 60))
    part = ET.SubElement(root, "testPart", identifier="part", navigationMode="nonlinear", submissionMode="simultaneous")
    section = ET.SubElement(part, "assessmentSection", identifier="section", title=sheet.title, visible="true")
    for name in names:
        ET.SubElement(section, "assessmentItemRef", identifier=name, href=f"items/{name}.xml")
    return root


def _manifest(names: list[str]) -> ET.Element:
    root = ET.Element("manifest", xmlns=PACKAGE, identifier="zhiying")
    meta = ET.SubElement(root, "metadata")
    ET.SubElement(meta, "schema").text = "QTIv2.1 Package"
    ET.SubElement(meta, "schemaversion").text = "1.0.0"
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    test = ET.SubElement(resources, "resource", identifier="test", type="imsqti_test_xmlv2p1", href="test.xml")
    ET.SubElement(test, "file", href="test.xml")
    for name in names:
        ET.SubElement(test, "dependency", identifierref=name)
    for name in names:
        href = f"items/{name}.xml"
        one = ET.SubElement(resources, "resource", identifier=name, type="imsqti_item_xmlv2p1", href=href)
        ET.SubElement(one, "file", href=href)
    return root


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    text: str = ET.tostring(root, encoding="unicode")
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + text).encode()
