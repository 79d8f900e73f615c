"""Scripts stored wherever somebody can store words, looked at in a real browser on every page that shows them.

The pages' policy allows inline scripts, so that one unescaped word would run: each test ends by proving that it would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from assist.desk import Desk
from assist.loop.cluster import Likeness
from assist.loop.ledger import LoopLedger
from assist.public.drain import Drain
from kb.gaps import Unanswered
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR, PUBLIC, DocumentDraft, Kind, PassageDraft, Principal, Role, SectionDraft, Term
from kb.publish import publish
from kb.rows import ROW, FaqRow
from kb.store import Feedback, GapOrigin, Handoff, HandoffKind, Verdict
from tests.assist.conftest import TODAY, FixedClock, assistant_over
from tests.assist.public_site import PublicWhole, public_site
from tests.assist.whole_site import Whole, served
from tests.fakes import HashEmbedder

pytestmark = pytest.mark.filterwarnings("ignore:.*no_silent_downcasting")  # Gradio's, in the site's own thread
IMAGE = "<img src=x onerror=window.__pwned=1>"
PAYLOADS = (
    IMAGE,
    "<script>window.__pwned=1</script>",
    "\"'><svg onload=window.__pwned=1>",
    "</textarea></style></title><details open ontoggle=window.__pwned=1>",
    '<iframe srcdoc="<script>parent.__pwned=1</script>"></iframe>',
    '<a href="javascript:window.__pwned=1">点我</a>',
    "${window.__pwned=1}{{constructor.constructor('window.__pwned=1')()}}",
    "[点我](javascript:window.__pwned=1)",
)
EVERYTHING = " ".join(PAYLOADS)
AGENT = Principal(f"坐席{IMAGE}", Role.AGENT, f"一组{IMAGE}")
DANGEROUS = (
    "[onerror], [onload], [ontoggle], iframe[srcdoc], a[href^='javascript' i], .prose script, [data-testid=html] script"
)
QUESTION = "副卡怎么收费"


@dataclass(frozen=True)
class Poisoned:
    """Both sites over one base in which every word carries scripts, and the number of its gap."""

    staff: Whole
    public: PublicWhole
    gap: int


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poisoned]:
    home = tmp_path_factory.mktemp("poisoned")
    with KnowledgeBase.open(home, embedder=HashEmbedder(), clock=FixedClock()) as kb:
        with kb.release(OPERATOR, note=EVERYTHING) as release:
            for draft in _documents():
                release.put(draft)
        gap = _records(kb)
        desk = Desk(assistant=assistant_over(kb), base=kb, clock=FixedClock())
        publish(kb, home / "public", day=TODAY, clock=FixedClock(), setting="hash")
        with served(kb, desk, FixedClock()) as staff, public_site(home / "public") as public:
            _accounts(staff)
            yield Poisoned(staff, public, gap)
            Drain(home / "public" / "outbox", kb, FixedClock()).run()


def _documents() -> Iterator[DocumentDraft]:
    text = f"副卡10元/张/月，与主卡共享流量。{EVERYTHING}"
    yield DocumentDraft(
        source=f"资费/{IMAGE}\"'.md",
        title=f"副卡资费{IMAGE}",
        kind=Kind.POLICY,
        fingerprint="1",
        audience=PUBLIC,
        department=f"市场部{IMAGE}",
        version_label=IMAGE,
        sections=(SectionDraft(0, (f"第一条{IMAGE}",), text),),
        passages=(PassageDraft(0, text, (f"第一条{IMAGE}",), section=0, questions=(QUESTION,)),),
        terms=(Term("副卡", (f"附属卡{IMAGE}",), "产品", IMAGE),),
    )
    entry = FaqRow(
        question=f"移机怎么收费{IMAGE}",
        similar=("移机费多少",),
        answer=f"移机费80元一次。{EVERYTHING}",
        basis=IMAGE,
        products=(f"移机{IMAGE}",),
        business_type="业务咨询",
    )
    yield DocumentDraft(
        source="常见问题.xlsx",
        title=f"常见问题{IMAGE}",
        kind=Kind.FAQ,
        fingerprint="1",
        audience=PUBLIC,
        passages=(
            PassageDraft(0, f"问：移机怎么收费\n答：{entry.answer}", questions=("移机怎么收费",),
                         row=ROW.dump_python(entry, mode="json")),
        ),
    )  # fmt: skip


def _records(kb: KnowledgeBase) -> int:
    """A gap with a comment, a feedback, a hand-off and a line of the trail, as if nothing had been cleaned."""
    catalogue = kb.catalogue
    ledger = LoopLedger(catalogue, Likeness(HashEmbedder()))
    gap = ledger.add(Unanswered(f"国际漫游{EVERYTHING}", AGENT, "voice", TODAY), GapOrigin.SUGGESTION)
    catalogue.gaps.change(gap, AGENT, note=EVERYTHING)
    catalogue.feedback.add(Feedback(Verdict.WRONG, AGENT, EVERYTHING, EVERYTHING, EVERYTHING, passage_ids=(1,)))
    catalogue.handoffs.add(
        Handoff(
            key="a1",
            kind=HandoffKind.CALLBACK,
            reason=IMAGE[:20],
            urgency=3,
            ticket="<b>1</b>",
            summary=EVERYTHING,
            transcript=(("user", EVERYTHING), ("assistant", EVERYTHING)),
            at=FixedClock().now(),
            contact=IMAGE,
            wanted_at=EVERYTHING,
        )
    )
    catalogue.audit.append(AGENT, IMAGE, EVERYTHING, {IMAGE: EVERYTHING})
    return gap


def _accounts(staff: Whole) -> None:
    with staff.client("admin") as admin:
        added = {"login": "poison", "role": "agent", "name": IMAGE, "department": IMAGE}
        assert admin.post("/api/v1/people", json=added).status_code == 201
        token = {"name": IMAGE, "scope": ["ask"], "days": 1}
        assert admin.post("/api/v1/tokens", json=token).status_code == 201


@pytest.fixture
def page(browser: Browser, poisoned: Poisoned) -> Iterator[Page]:
    """A window of the administrator, who sees everything; nothing may have run in it, and something could have."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400}, locale="zh-CN")
    name, _, secret = poisoned.staff.knockers["admin"].headers["Cookie"].partition("=")
    context.add_cookies([{"name": name, "value": secret, "url": poisoned.staff.address}])
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    faults: list[str] = []

    def stopped(dialog: Dialog) -> None:
        faults.append(dialog.message)
        dialog.dismiss()

    opened.on("dialog", stopped)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    assert faults == []
    assert [frame.evaluate("window.__pwned") for frame in opened.frames] == [None] * len(opened.frames)
    opened.evaluate("text => document.body.insertAdjacentHTML('beforeend', text)", IMAGE)
    opened.wait_for_function("window.__pwned === 1")
    context.close()


def unharmed(page: Page, *selectors: str) -> None:
    """What was stored stands there as words, in each of the places, and nothing of it became an element."""
    for selector in selectors:
        page.locator(selector).filter(has_text="window.__pwned=1").first.wait_for(state="attached")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    page.evaluate("document.querySelectorAll('[data-testid=html] a, .prose a').forEach(each => each.dispatchEvent("
                  "new MouseEvent('mouseover', {bubbles: true})))")  # fmt: skip
    assert page.locator(DANGEROUS).count() == 0
    assert page.evaluate("window.__pwned") is None


def test_nothing_runs_on_the_agents_page_and_the_desk_of_hand_offs(page: Page, poisoned: Poisoned) -> None:
    page.goto(f"{poisoned.staff.address}/agent/")
    page.wait_for_selector("#zy-answer[data-ready] .zy-card")
    for question in (QUESTION, f"移机怎么收费{IMAGE}"):
        page.fill("#zy-question textarea", question)
        page.keyboard.press("Enter")
        page.wait_for_selector("#zy-useful:visible")
        unharmed(page, "#zy-answer")
    page.get_by_text("等待人工的客户").first.click()
    unharmed(page, "#zy-waiting", "#zy-history")
    page.click("#zy-take")
    page.locator("#zy-handoff-told").filter(has_text="已接手").wait_for()
    unharmed(page, "#zy-waiting")


def test_nothing_runs_on_the_page_of_maintenance(page: Page, poisoned: Poisoned) -> None:
    page.goto(f"{poisoned.staff.address}/maintain/")
    page.click(f'#zm-ledger .zm-row[data-value="{poisoned.gap}"]')
    page.wait_for_selector(f'#zm-gap-sheet [data-key="{poisoned.gap}"]')
    page.get_by_text("合并与拆分", exact=True).click()
    unharmed(page, "#zm-ledger", "#zm-gap-sheet", "#zm-wordings")
    page.click("#zm-begin")
    page.wait_for_selector("#zm-draft-form:visible")
    unharmed(page, "#zm-drafts")
    page.get_by_role("tab", name="体检").click()
    page.click("#zm-health")
    unharmed(page, "#zm-insight")
    page.fill("#zm-source input, #zm-source textarea", f"资费/{IMAGE}\"'.md")
    page.click("#zm-impact")
    page.locator("#zm-insight").filter(has_text="副卡资费").first.wait_for()
    unharmed(page)


def test_nothing_runs_on_the_pages_of_accounts(page: Page, poisoned: Poisoned) -> None:
    page.goto(f"{poisoned.staff.address}/people/")
    page.wait_for_selector("#zp-exports a")
    unharmed(page, "#zp-table", "#zp-trail")
    page.goto(f"{poisoned.staff.address}/signin/tokens")
    unharmed(page, "table")
    page.set_viewport_size({"width": 400, "height": 860})
    page.goto(f"{poisoned.staff.address}/people/")
    page.wait_for_selector("#zp-exports a")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_nothing_runs_on_the_customers_page(page: Page, poisoned: Poisoned) -> None:
    page.goto(f"{poisoned.public.address}/help/")
    page.wait_for_selector("#zc-talk")
    unharmed(page, "#zc-talk")
    for question in (QUESTION, f"移机怎么收费{EVERYTHING}", f"我要投诉你们{EVERYTHING}"):
        page.fill("#zc-question textarea", question)
        page.click("#zc-ask")
        page.wait_for_function("!document.querySelector('#zc-talk [aria-busy=true]')")
        page.locator("#zc-talk").filter(has_text=question[:6]).wait_for()
        unharmed(page, "#zc-talk")


def test_a_file_name_with_a_script_in_it_stays_a_name(poisoned: Poisoned, tmp_path: Path) -> None:
    with poisoned.staff.client("admin") as admin:
        shown = admin.get("/api/v1/documents")
    assert shown.headers["content-type"].startswith("application/json")
    assert any(IMAGE in one["source"] for one in shown.json()["documents"])
