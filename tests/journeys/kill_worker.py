"""A process that works on a home and may kill itself at a named point; `test_kills` runs it and reads what it prints.

    python -m tests.journeys.kill_worker HOME STEP [POINT NTH]

STEP is first, second, rebuild, reembed, or one of them with a leading "again-": then the home is described, the step is
done once more to its end, and the home is described again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from kb.knowledge import KnowledgeBase
from kb.model import INTERNAL, PUBLIC, DocumentDraft, SearchQuery
from tests.fakes import HashEmbedder
from tests.kb.bases import AGENT, CUSTOMER, MAINTAINER, CountingEmbedder
from tests.kb.catalogues import SetClock, tariff

WINDOW = 10
DAY = date(2026, 11, 21)
NEW_MODEL = "another@1"
PRODUCTS = ("畅行", "乐享", "飞扬", "亲情", "校园", "银龄")
CLAUSES = (
    "月费{n}元，含国内流量{n}吉。",
    "副卡月费{n}元，最多办四张。",
    "合约期{n}个月，提前解约付违约金。",
    "宽带{n}兆，上门安装免费。",
)


def document(product: str, version: int, extra: int = 0) -> DocumentDraft:
    """Eight passages and more, half of which say in every version the same."""
    first = 20 + 10 * PRODUCTS.index(product) if product in PRODUCTS else 200 + len(product)
    texts = [f"{product}套餐{clause.format(n=first)}" for clause in CLAUSES]
    texts += [f"{product}套餐第{version}版{clause.format(n=first + version)}" for clause in CLAUSES]
    texts += [f"{product}套餐补充条款第{at}项自发布之日起执行。" for at in range(extra)]
    audience = PUBLIC if first % 20 == 0 else INTERNAL
    return tariff(
        f"资费/{product}.md", *texts, fingerprint=f"{version}版", audience=audience, headings=((),) * len(texts)
    )


FIRST = tuple(document(product, 1) for product in PRODUCTS)
SECOND = (
    *(document(product, 2) for product in PRODUCTS[:3]),
    document("国际漫游", 1, extra=7),
    document("云盘会员", 1, extra=8),
)
RETIRED = "资费/银龄.md"


def main() -> None:
    """Does the step, killed or not."""
    home, step, *kill = sys.argv[1:]
    again = step.startswith("again-")
    step = step.removeprefix("again-")
    embedder = CountingEmbedder(NEW_MODEL if step == "reembed" else HashEmbedder.name)
    checkpoint = killer(kill[0], int(kill[1])) if kill else None
    with KnowledgeBase.open(
        Path(home),
        embedder=embedder,
        clock=SetClock(),
        checkpoint=checkpoint,
        load=lambda _setting: HashEmbedder(),
        model="another" if step == "reembed" else "hash",
        window=WINDOW,
    ) as kb:
        before = describe(kb, embedder.name) if again else None
        STEPS[step](kb)
        report = {"before": before, "embedded": embedder.embedded, "after": describe(kb, embedder.name)}
    sys.stdout.write(json.dumps(report, ensure_ascii=False))


def killer(point: str, nth: int) -> Callable[[str], None]:
    """A checkpoint that ends the process, as the power would, when `point` is passed for the `nth` time."""
    passed: Counter[str] = Counter()

    def check(name: str) -> None:
        passed[name] += 1
        if name == point and passed[name] == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return check


def ingest(kb: KnowledgeBase, drafts: tuple[DocumentDraft, ...], retired: str = "") -> None:
    with kb.release(MAINTAINER) as release:
        for draft in drafts:
            release.put(draft)
        if retired:
            release.retire(retired)


STEPS: dict[str, Callable[[KnowledgeBase], object]] = {
    "first": lambda kb: ingest(kb, FIRST),
    "second": lambda kb: ingest(kb, SECOND, RETIRED),
    "rebuild": lambda kb: kb.rebuild(),
    "reembed": lambda kb: kb.reembed(),
}


def describe(kb: KnowledgeBase, model: str) -> dict[str, Any]:
    """What the home answers and holds, as plain values."""
    verification = kb.verify()
    return {
        "ok": verification.ok,
        "verification": repr(verification),
        "probed": verification.probed,
        "documents": {each.source: [each.fingerprint, each.passages] for each in kb.documents(AGENT)},
        "answers": {product: best(kb, f"{product}套餐版月费多少元") for product in (*PRODUCTS, "国际漫游", "云盘会员")},
        "public": sorted({hit.passage.source for hit in kb.search(asked("套餐月费", CUSTOMER)).hits}),
        "generations": len(list((kb.home.index).glob("g*"))),
        "model": kb.stats().model,
        "embedded": kb.catalogue.embeddings.count(model),
    }


def best(kb: KnowledgeBase, question: str) -> list[str]:
    """The texts found that are of one version only, so that versions can be told apart."""
    hits = kb.search(asked(question, AGENT)).hits
    return sorted(hit.passage.text for hit in hits if "版" in hit.passage.text and question[:2] in hit.passage.text)


def asked(question: str, principal: Any) -> SearchQuery:
    return SearchQuery(question=question, principal=principal, as_of=DAY, k=100)


if __name__ == "__main__":
    main()
