"""The report over a handful of cases, worked out by hand."""

from typing import Any

from evals.cases import Case
from evals.run import Subject, evaluate

HIT = {"source": "samples/资费.pdf", "text": "畅行129 月费129元"}
CITATION = {"n": 1, "source": "samples/资费.pdf", "quote": "畅行129 月费129元"}


def search(case: Case, k: int) -> dict[str, Any]:
    if case.id == "坏":
        raise RuntimeError("断线")
    return {"hits": [HIT][:k]}


def ask(case: Case) -> dict[str, Any]:
    if case.unanswerable:
        return {"outcome": "refused", "mode": None, "answer": "没有找到依据", "confidence": 0.1, "citations": []}
    return {
        "outcome": "answered",
        "mode": "quoted",
        "answer": "月费129元",
        "confidence": 0.8,
        "citations": [CITATION],
        "business_type": "业务咨询",
    }


def subject() -> Subject:
    return Subject(search, ask, lambda case, citation: "129" in citation["quote"], {"project": "0"})


GOLD = [{"source": "资费.pdf", "quote": "月费129元"}]


def case(**values: Any) -> Case:
    return Case.model_validate({"question": "129多少钱", **values})


def test_counts_answers_refusals_facts_and_citations() -> None:
    cases = [
        case(id="对", gold=GOLD, facts=["129元"], tags=["资费", "type:业务咨询"]),
        case(id="缺", gold=GOLD, facts=["60GB"]),
        case(id="无", unanswerable=True),
        case(id="坏", gold=GOLD, facts=["129元"]),
    ]
    report = evaluate(cases, subject())
    assert report["n"] == 4
    assert report["retrieval"]["recall@1"] == 2 / 3
    answer = report["answer"]
    assert (answer["answered"], answer["refused"]) == (2, 1)
    assert answer["fact_accuracy"] == 1 / 3
    assert answer["over_refusal"] == 1 / 3
    assert answer["refusal_recall"] == 1.0
    assert answer["citation_resolves"] == 1.0
    assert answer["citation_hit"] == 1.0
    assert answer["unsupported_figures"] == 0
    assert answer["business_type_macro_f1"] == 1.0
    assert report["by_tag"]["资费"]["retrieval"]["recall@1"] == 1.0
    assert report["cases"][3]["error"] == "RuntimeError: 断线"


def test_retrieval_alone_leaves_answering_out() -> None:
    report = evaluate([case(id="对", gold=GOLD)], subject(), only="retrieval")
    assert report["answer"] is None
    assert report["cases"][0]["outcome"] is None
    assert report["latency_ms"]["ask_p50"] is None


def test_a_forbidden_string_in_a_citation_is_a_leak() -> None:
    report = evaluate([case(id="漏", forbid=["月费 129 元"], audience="public")], subject())
    assert report["answer"]["forbidden_leaks"] == 1
