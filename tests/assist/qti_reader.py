"""A reader of QTI 2.1 packages by the schema's content model (imsqti_v2p1.xsd), knowing nothing of the writer.

It holds each element to the attributes it must have, the children it may have and their order, references to what is
there, and gives back what a player would show and mark as right.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree as ET

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
PACKAGE = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
_NAME = re.compile(r"[A-Za-z_][\w.\-]*")

# name: (attributes that must be there, attributes that may be, children in order with how often they may come)
_MODEL: dict[str, tuple[set[str], set[str], tuple[tuple[str, str], ...]]] = {
    "assessmentItem": (
        {"identifier", "title", "adaptive", "timeDependent"},
        set(),
        (("responseDeclaration", "*"), ("outcomeDeclaration", "*"), ("itemBody", "?"), ("responseProcessing", "?"),
         ("modalFeedback", "*")),
    ),
    "responseDeclaration": ({"identifier", "cardinality"}, {"baseType"}, (("correctResponse", "?"),)),
    "outcomeDeclaration": ({"identifier", "cardinality"}, {"baseType"}, (("defaultValue", "?"),)),
    "correctResponse": (set(), set(), (("value", "+"),)),
    "defaultValue": (set(), set(), (("value", "+"),)),
    "value": (set(), set(), ()),
    "p": (set(), set(), (("textEntryInteraction", "*"),)),
    "textEntryInteraction": ({"responseIdentifier"}, {"expectedLength"}, ()),
    "extendedTextInteraction": ({"responseIdentifier"}, {"expectedLines"}, ()),
    "choiceInteraction": ({"responseIdentifier", "shuffle", "maxChoices"}, set(), (("simpleChoice", "+"),)),
    "orderInteraction": ({"responseIdentifier", "shuffle"}, set(), (("simpleChoice", "+"),)),
    "simpleChoice": ({"identifier"}, {"fixed"}, ()),
    "responseProcessing": (set(), {"template"}, ()),
    "modalFeedback": ({"outcomeIdentifier", "showHide", "identifier"}, {"title"}, ()),
    "assessmentTest": ({"identifier", "title"}, set(), (("timeLimits", "?"), ("testPart", "+"))),
    "timeLimits": (set(), {"minTime", "maxTime"}, ()),
    "testPart": ({"identifier", "navigationMode", "submissionMode"}, set(), (("assessmentSection", "+"),)),
    "assessmentSection": ({"identifier", "title", "visible"}, set(), (("assessmentItemRef", "*"),)),
    "assessmentItemRef": ({"identifier", "href"}, set(), ()),
}  # fmt: skip
_BLOCKS = {"p", "choiceInteraction", "orderInteraction", "extendedTextInteraction"}
_CHOICES = {
    "cardinality": {"single", "multiple", "ordered", "record"},
    "baseType": {"identifier", "string", "float", "integer", "boolean"},
    "showHide": {"show", "hide"},
    "navigationMode": {"linear", "nonlinear"},
    "submissionMode": {"individual", "simultaneous"},
    **{key: {"true", "false"} for key in ("adaptive", "timeDependent", "shuffle", "visible")},
}


@dataclass(frozen=True)
class Shown:
    """An item as a player has it: its text, its options, and what is right, as it reads."""

    interaction: str
    text: str
    options: tuple[str, ...]
    right: tuple[str, ...]
    most: int | None
    feedback: str


def read(data: bytes) -> tuple[int | None, list[Shown]]:
    """Seconds allowed (None: no limit) and the items in the order of the test; raises ValueError for what is wrong."""
    package = zipfile.ZipFile(BytesIO(data))
    if package.testzip() is not None:
        raise ValueError("broken package")
    manifest = ET.fromstring(package.read("imsmanifest.xml"))
    files = {one.get("identifier", ""): one for one in manifest.iter(f"{PACKAGE}resource")}
    kinds = {name: one.get("type") for name, one in files.items()}
    tests = [name for name, kind in kinds.items() if kind == "imsqti_test_xmlv2p1"]
    _hold(len(tests) == 1, "one test")
    _hold(
        [child.tag for child in manifest] == [f"{PACKAGE}{n}" for n in ("metadata", "organizations", "resources")],
        "manifest",
    )
    for one in files.values():
        _hold(all(file.get("href") in package.namelist() for file in one.iter(f"{PACKAGE}file")), "files")
        _hold(all(d.get("identifierref") in files for d in one.iter(f"{PACKAGE}dependency")), "dependencies")
    root = ET.fromstring(package.read(str(files[tests[0]].get("href"))))
    _checked(root)
    limit = root.find(f"{QTI}timeLimits")
    refs = [str(ref.get("href")) for ref in root.iter(f"{QTI}assessmentItemRef")]
    hrefs = {one.get("href") for name, one in files.items() if kinds[name] == "imsqti_item_xmlv2p1"}
    _hold(set(refs) == hrefs and len(refs) == len(hrefs), "every item once")
    shown = [_shown(ET.fromstring(package.read(href))) for href in refs]
    return (int(str(limit.get("maxTime"))) if limit is not None else None), shown


def _shown(root: ET.Element) -> Shown:
    _checked(root)
    declared = {one.get("identifier"): one for one in root.findall(f"{QTI}responseDeclaration")}
    outcomes = {one.get("identifier") for one in root.findall(f"{QTI}outcomeDeclaration")}
    body = root.find(f"{QTI}itemBody")
    assert body is not None
    inter = [one for one in body.iter() if one.get("responseIdentifier")]
    _hold(len(inter) == 1 and inter[0].get("responseIdentifier") in declared, "one interaction")
    feedback = root.find(f"{QTI}modalFeedback")
    _hold(feedback is not None and feedback.get("outcomeIdentifier") in outcomes, "feedback")
    response = declared[inter[0].get("responseIdentifier")]
    values = [str(value.text) for value in response.iter(f"{QTI}value")]
    choices = {str(one.get("identifier")): str(one.text) for one in inter[0].iter(f"{QTI}simpleChoice")}
    if response.get("baseType") == "identifier":
        _hold(set(values) <= set(choices), "values are choices")
    most = inter[0].get("maxChoices")
    wanted = {"multiple": "0", "single": "1"}.get(str(response.get("cardinality")))
    _hold(most is None or most == wanted, "choices allowed")
    text = "\n".join("".join(one.itertext()) for one in body.findall(f"{QTI}p"))
    name = inter[0].tag.removeprefix(QTI)
    right = tuple(choices.get(value, value) for value in values)
    told = "" if feedback is None else str(feedback.text)
    return Shown(name, text, tuple(choices.values()), right, int(most) if most else None, told)


def _checked(element: ET.Element) -> None:
    _hold(element.tag.startswith(QTI), f"namespace of {element.tag}")
    name = element.tag.removeprefix(QTI)
    if name == "itemBody":
        _hold({child.tag.removeprefix(QTI) for child in element} <= _BLOCKS and len(element) > 0, "blocks")
    else:
        must, may, children = _MODEL[name]
        _hold(must <= set(element.attrib) <= must | may, f"attributes of {name}: {sorted(element.attrib)}")
        _in_order([child.tag.removeprefix(QTI) for child in element], children, name)
    for key, value in element.attrib.items():
        _hold(value in _CHOICES.get(key, {value}), f"{name}/@{key}={value}")
        if key.lower().endswith("identifier"):
            _hold(_NAME.fullmatch(value) is not None, f"identifier {value}")
    for child in element:
        _checked(child)


def _in_order(found: Sequence[str], model: Sequence[tuple[str, str]], parent: str) -> None:
    pattern = "".join(f"(?:{name} ){often}" for name, often in model)
    _hold(re.fullmatch(pattern, "".join(f"{name} " for name in found)) is not None, f"{parent}: {found}")


def _hold(true: bool, what: str) -> None:
    if not true:
        raise ValueError(what)
