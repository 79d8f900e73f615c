"""Times how the maintainer's page opens in a real Chromium: `python -m evals.loop.opening HOME [openings]`.

Prints, in milliseconds from the beginning of the navigation, the median and the worst of two moments: the ledger's rows
are painted, and Gradio's live page has taken their place. The first opening, with empty caches, is told apart.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

ROOT = Path(__file__).parents[2]
OPENINGS = 10

_WATCH = """(() => {
  const seen = window.zySeen = {};
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => { seen[name] ??= performance.now(); }));
  const look = () => {
    if (document.querySelector(".zm-row")) painted("rows");
    if (document.querySelector("#zm-ledger .zm-row") && !document.querySelector("#zy-first")) painted("live");
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
})();"""


def openings(home: Path, number: int = OPENINGS) -> dict[str, Any]:
    """Milliseconds until rows are painted and until the page is live, over some openings of a home's page."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    with served(home) as address, sync_playwright() as playwright:
        _warm(address)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
        first, *later = (_opened(context, f"{address}/maintain/") for _ in range(number + 1))
        browser.close()
    return {
        "openings": number,
        "empty_caches": first,
        **{name: {"p50": median(times), "max": max(times)} for name, times in _by_name(later).items()},
    }


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The program serving a home on a free port, until the end of the block."""
    command = [sys.executable, str(ROOT / "app.py"), "serve", "--home", str(home), "--port", "0"]
    told: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(command, **told) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            found = (re.search(r"知识维护\s+(http://\S+)/maintain", line) for line in process.stdout)
            yield next(each[1] for each in found if each)
        finally:
            process.terminate()


def _warm(address: str) -> None:
    """Waits until the models are loaded, which a site that has just started does beside its first pages."""
    for name, body in (
        ("search", {"question": "套餐"}),
        ("leaving", {"text": "我要销户"}),
        ("compliance", {"text": "您好"}),
    ):
        asked = json.dumps(body).encode()
        request = urllib.request.Request(f"{address}/api/v1/{name}", asked, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
            answer.read()


def _opened(context: BrowserContext, address: str) -> dict[str, int]:
    page = context.new_page()
    page.add_init_script(_WATCH)
    page.goto(address)
    page.wait_for_function("window.zySeen.rows && window.zySeen.live")
    seen: dict[str, float] = page.evaluate("window.zySeen")
    page.close()
    return {"rows_visible_ms": round(seen["rows"]), "page_live_ms": round(seen["live"])}


def _by_name(found: Sequence[dict[str, int]]) -> dict[str, list[int]]:
    return {name: [each[name] for each in found] for name in found[0]}


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else OPENINGS
    sys.stdout.write(json.dumps(openings(Path(sys.argv[1]), wanted), indent=2) + "\n")
