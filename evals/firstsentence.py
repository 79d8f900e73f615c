"""How soon the first proved sentence is shown, against the model's own time: `python -m evals.firstsentence HOME`.

A model of our own on a loopback socket says that sentence of the first passage which is most like the question, at the
pace of a hosted one (0.6 s to the first word, 40 characters a second). The ratio is taken within one run: from the
question to the first sentence shown, by from the request to the end of that sentence on the model's side.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from assist.answer import Assistant
from assist.businesstype import TypeClassifier
from assist.chat import Endpoint, LangChainChat
from assist.gatekeeper import Bounds, Gatekeeper
from assist.model import Finished, Mode, Origin, Question, Sentence
from assist.sense import Sense
from assist.write import Writer
from evals.cases import read_cases
from evals.measures import percentile
from kb.clock import SystemClock, today
from kb.deferred import DeferredEmbedder, Once
from kb.embed import load_embedder
from kb.errors import HomeError, ZhiyingError
from kb.gaps import ThrowAwayLedger
from kb.knowledge import KnowledgeBase
from kb.model import OPERATOR
from kb.text import bigrams

CASES = Path(__file__).parent / "cases" / "answerable_dev.jsonl"
MOST = 1.5
"""The first proved sentence is shown within so many times the model's own time to it."""
_PASSAGE = re.compile(r"〔1〕《[^》]*》[^：]*：(?P<text>[^\n]+)")


@dataclass
class Pace:
    """How fast the model speaks: seconds to its first piece, and between pieces of four characters."""

    first: float = 0.6
    between: float = 0.1
    spent: list[float] = field(default_factory=list)
    """Seconds from a request to the end of its first sentence, as the model saw it."""


class _Speaker(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """One reply: a sentence of the first passage, cited, and another that nothing bears out."""
        started, pace = time.perf_counter(), self.server.pace
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        sentence = f"{_likest_sentence(body)}[1]\n"
        rest = "以上内容供您参考，具体以受理时为准。[1]"
        with suppress(BrokenPipeError, ConnectionResetError):
            time.sleep(pace.first)
            for text in (sentence, rest):
                for at in range(0, len(text), 4):
                    self._say({"content": text[at : at + 4]}, None)
                    time.sleep(pace.between)
                if text is sentence:
                    pace.spent.append(time.perf_counter() - started)
            self._say({}, "stop")
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _say(self, delta: dict[str, str], finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "pace", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keeps quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pace: Pace) -> None:
        super().__init__(("127.0.0.1", 0), _Speaker)
        self.pace = pace


def measure(assistant: Assistant, questions: Sequence[Question], pace: Pace) -> dict[str, Any]:
    """The ratios over the questions whose first sentence the model wrote; the others are counted and left out."""
    ratios, shown, own = list[float](), list[float](), list[float]()
    for question in questions:
        pace.spent.clear()
        first = _first(assistant, question)
        if first is not None and pace.spent:
            shown.append(first)
            own.append(pace.spent[0])
            ratios.append(first / pace.spent[0])
    return {
        "asked": len(questions),
        "written": len(ratios),
        "shown_s": {"p50": percentile(shown, 0.5), "p95": percentile(shown, 0.95)},
        "model_s": {"p50": percentile(own, 0.5), "p95": percentile(own, 0.95)},
        "ratio": {"p50": percentile(ratios, 0.5), "p95": percentile(ratios, 0.95)},
        "most": MOST,
        "ok": bool(ratios) and (percentile(ratios, 0.5) or 0.0) <= MOST,
    }


def _first(assistant: Assistant, question: Question) -> float | None:
    """Seconds to the first sentence that the model wrote and that was proved; None when there was none."""
    started, first = time.perf_counter(), None
    for event in assistant.stream(question):
        if isinstance(event, Sentence) and event.origin is Origin.WRITTEN and first is None:
            first = time.perf_counter() - started
        if isinstance(event, Finished) and event.answer.mode is not Mode.GENERATED:
            return None
    return first


@contextmanager
def _speaking(pace: Pace) -> Iterator[Endpoint]:
    server = _Server(pace)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", "pace", "key", "")
    finally:
        server.shutdown()
        server.server_close()


def _likest_sentence(body: dict[str, Any]) -> str:
    prompt = "\n".join(str(one["content"]) for one in body["messages"] if one["role"] == "user")
    found = _PASSAGE.search(prompt)
    asked = bigrams(prompt[found.end() :].rsplit("〕", 1)[-1] if found else prompt)
    sentences = re.split(r"(?<=[。！？])", found["text"] if found else "您好。")
    return max((one for one in sentences if one.strip()), key=lambda one: len(set(bigrams(one)) & set(asked)))


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the figures; exit status 1 when the first sentence comes too late."""
    wanted = argparse.ArgumentParser(prog="python -m evals.firstsentence", description="第一句核对过的话多快显示")
    wanted.add_argument("home", type=Path, help="导入过示例知识、没有在运行的知识库目录")
    wanted.add_argument("--questions", type=int, default=60, help="问多少题（默认 60，只有原文摘录的题会改写）")
    options = wanted.parse_args(argv)
    clock, pace = SystemClock(), Pace()
    words = Once(lambda: load_embedder("bundled", cache=Path.home() / ".cache" / "zhiying"))
    try:
        if not (options.home / "catalogue.db").is_file():
            raise HomeError("no home", hint=f"“{options.home}”里没有知识库。请先导入示例知识。")
        with (
            KnowledgeBase.open(options.home, embedder=words, clock=clock, model="bundled") as kb,
            _speaking(pace) as end,
        ):
            chat, sense = LangChainChat(end), Sense(DeferredEmbedder(words))
            chat.warm()
            assistant = Assistant(
                base=kb,
                ledger=ThrowAwayLedger(),
                log=None,
                classifier=TypeClassifier(DeferredEmbedder(words)),
                clock=clock,
                sense=sense,
                writer=Writer(Gatekeeper(chat, Bounds(failures=10_000)), deadline=30.0, sense=sense),
            )
            day = today(clock)
            questions = [
                Question(case.question, OPERATOR, case.as_of or day, record=False) for case in read_cases([CASES])
            ][: options.questions]
            measure(assistant, questions[:1], pace)  # models load at the first question
            found = measure(assistant, questions, pace)
            chat.close()
    except ZhiyingError as error:
        sys.stderr.write(f"{error.hint}\n")
        return 1
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    return int(not found["ok"])


if __name__ == "__main__":
    sys.exit(main())
