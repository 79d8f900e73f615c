"""Composition root and command line of 知应: the only place that reads the environment and puts the rooms together."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.clock import SystemClock, today
from kb.errors import HomeBusy, HomeError, ZhiyingError
from kb.lock import serving
from kb.settings import Settings, cache_folder, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assist.answer import Assistant, Examined, Log
    from assist.desk import Desk
    from assist.model import Question
    from assist.operator import Event
    from assist.talk import Talk
    from ingest.worker import ReaderPool
    from kb.clock import Clock
    from kb.embed import Embedder
    from kb.gaps import Ledger
    from kb.knowledge import KnowledgeBase
    from kb.retrieve import Reranker

Arguments = Mapping[str, Any]
Emit = Callable[["Event"], None]

VERSION = "0.1.0"
_log = logging.getLogger("zhiying")
CASES = Path(__file__).parent / "evals" / "cases"
DATA = Path(__file__).parent / "assist" / "data"
STEPS = {
    "read": "读取文件",
    "embed": "计算向量",
    "index": "写入索引",
    "rebuild": "重建索引",
    "eval": "评测",
    "load": "模型",
}


# --- composition ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """Everything one home answers with; `quiet` answers without leaving a trace (evaluation)."""

    kb: KnowledgeBase
    desk: Desk
    quiet: Desk
    examine: Callable[[Question], Examined]
    embedder: Callable[[], Embedder]
    pool: Callable[[], ReaderPool]
    clock: Clock
    settings: Settings
    talk: Talk


def loader(settings: Settings, home: Path, emit: Emit) -> Callable[[str], Embedder]:
    """Loads the embedder of a setting, its weights kept where `cache_folder` says."""
    from kb.embed import load_embedder

    folder = cache_folder(settings, home, os.environ)
    return lambda model: load_embedder(
        model,
        cache=folder,
        precision=settings.embedding_precision,
        progress=lambda text: emit({"event": "progress", "done": 0, "total": 0, "label": text}),
    )


def reranker(settings: Settings) -> Reranker | None:
    """The reranker that is set, loaded at the first question; None when none is."""
    if not settings.reranker:
        return None
    from kb.deferred import Once
    from kb.rerank import DeferredReranker, load_reranker

    return DeferredReranker(Once(lambda: load_reranker(settings.reranker)))


@contextmanager
def open_site(home: Path, settings: Settings, emit: Emit) -> Iterator[Site]:
    """Takes the home for this process and puts the rooms together; models load when first needed."""
    from assist.answer import Assistant
    from assist.businesstype import TypeClassifier
    from assist.desk import Desk
    from assist.sense import Sense
    from assist.talk import open_talk
    from ingest.worker import ReaderPool
    from kb.deferred import DeferredEmbedder, Once
    from kb.gaps import GapLedger, ThrowAwayLedger
    from kb.knowledge import KnowledgeBase

    load = loader(settings, home, emit)
    clock = SystemClock()
    wanted = Once(lambda: load(settings.embedding_model))
    with ExitStack() as stack:
        kb = KnowledgeBase.open(
            home,
            embedder=wanted,
            clock=clock,
            progress=lambda step, done, total: emit(_progress(step, done, total)),
            database_url=settings.database_url or None,
            model=settings.embedding_model,
            load=load,
            reranker=reranker(settings),
        )
        stack.enter_context(kb)
        words = DeferredEmbedder(wanted)
        classifier, sense, talk = TypeClassifier(words), Sense(words), open_talk(kb, words, clock)

        def assistant(ledger: Ledger, log: Log | None) -> Assistant:
            parts: Arguments = {"classifier": classifier, "clock": clock, "sense": sense, "guard": talk.guard}
            return Assistant(base=kb, ledger=ledger, log=log, **parts)

        quiet = assistant(ThrowAwayLedger(), None)
        loud = assistant(GapLedger(kb.catalogue.gaps), kb.catalogue.questions)
        yield Site(
            kb=kb,
            desk=Desk(assistant=loud, base=kb, clock=clock, advisor=talk.advisor),
            quiet=Desk(assistant=quiet, base=kb, clock=clock),
            examine=quiet.examine,
            embedder=wanted,
            pool=Once(lambda: stack.enter_context(ReaderPool())),
            clock=clock,
            settings=settings,
            talk=talk,
        )


# --- commands: each runs in the process that owns the home ----------------------------------------------------------


def ingest(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Brings the base in step with `paths`; emits a receipt a file; the value is the tally."""
    from ingest.sync import Tally, sync

    if site.kb.active() is None:
        site.embedder()  # a model that cannot be loaded is told before the files are read, not after
    tally = Tally()
    for receipt in sync(
        [Path(path) for path in arguments["paths"]],
        kb=site.kb,
        pool=site.pool(),
        retire_missing=bool(arguments.get("retire_missing")),
        progress=lambda step, done, total: emit(_progress(step, done, total)),
    ):
        tally.add(receipt)
        emit({"event": "receipt", "value": _receipt_json(receipt)})
    return {"summary": str(tally), "exit_status": tally.exit_status}


def _receipt_json(receipt: Any) -> dict[str, Any]:
    return {
        "source": receipt.source,
        "status": receipt.status.value,
        "label": receipt.status.label,
        "reason": receipt.reason,
        "passages": receipt.passages,
        "warnings": list(receipt.warnings),
    }


def search(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One search in the published JSON."""
    from assist import commands

    return commands.search(site.desk, arguments)


def ask(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One answer in the published JSON."""
    from assist import commands

    return commands.ask(site.desk, arguments)


def evaluate(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Runs case files; the value is the published report. Changes nothing in the home."""
    from evals.cases import case_files, read_cases
    from evals.run import evaluate as run
    from evals.subject import subject

    files = case_files([Path(path) for path in arguments["cases"]])
    stats = site.kb.stats()
    versions = {"project": VERSION, "embedding": stats.model, "model": None, "corpus": asdict(stats)}
    return run(
        read_cases(files),
        subject(site.kb, site.quiet, versions),
        k=int(arguments.get("k") or 10),
        only=arguments.get("only"),
        case_files=files,
        progress=lambda done, total: emit(_progress("eval", done, total)),
    )


def rebuild(site: Site, _arguments: Arguments, emit: Emit) -> Any:
    """Makes both indexes anew from the catalogue."""

    site.kb.rebuild(lambda step, done, total: emit(_progress(step, done, total)))
    return verify(site, {}, emit)


def verify(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Compares catalogue and indexes id by id."""
    found = site.kb.verify()
    return {"ok": found.ok, "verification": asdict(found), "stats": asdict(site.kb.stats())}


def _progress(step: str, done: int, total: int) -> Event:
    from assist.operator import progress

    return progress(done, total, STEPS.get(step, step))


COMMANDS: dict[str, Callable[[Site, Arguments, Emit], Any]] = {
    "ingest": ingest,
    "search": search,
    "ask": ask,
    "eval": evaluate,
    "rebuild": rebuild,
    "verify": verify,
    "compliance": lambda site, arguments, _emit: site.talk.check(arguments),
    "leaving": lambda site, arguments, _emit: site.talk.leaving(arguments),
    "scripts": lambda site, arguments, _emit: site.talk.scripts(arguments),
}


# --- what the command line calls ------------------------------------------------------------------------------------


class Program:
    """Runs commands here, or in the process that serves the home."""

    def run(self, home: Path, name: str, arguments: Arguments, emit: Emit) -> Any:
        """The value of a command on `home`; what it tells meanwhile goes to `emit`."""
        from assist.operator import forward

        other = serving(home)
        if other is not None:
            return forward(other.address, token=other.token, name=name, arguments=arguments, emit=emit)
        settings = read_settings(home, os.environ)
        if name != "ingest":
            _require_base(home, settings)
        with open_site(home, settings, emit) as site:
            return COMMANDS[name](site, arguments, emit)

    def serve(self, home: Path, *, host: str, port: int | None, samples: Path | None, emit: Emit) -> None:
        """Takes the home, fills an empty one with `samples`, and serves API and pages until stopped."""
        from assist.serve import address, bind, serve
        from assist.terminal import say

        other = serving(home)
        if other is not None:
            raise HomeBusy(f"{home} is being served", hint=f"这个知识库已经在运行：{other.address}/agent")
        os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / f"zhiying-{os.getuid()}"))
        settings = read_settings(home, os.environ)
        with bind(host, port) as bound, open_site(home, settings, emit) as site:
            if samples is not None and site.kb.active() is None:
                say(f"首次启动：导入示例知识（{samples}），约需一两分钟……")
                say(ingest(site, {"paths": [str(samples.absolute())]}, emit)["summary"])
            token, at = secrets.token_urlsafe(32), address(bound)
            app = _web_app(site, token)

            def ready() -> None:
                site.kb.lock.announce(at, token)
                say(f"知应已启动：\n  坐席页面  {at}/agent\n  接口说明  {at}/api/v1/openapi.json\n按 Ctrl+C 停止。")
                # Only now: before, its imports would hold up the page.
                threading.Thread(target=_warm_up, args=(site, emit), name="warm-up", daemon=True).start()

            serve(app, bound, ready=ready)

    def floors(self, cases: Path, samples: Path, emit: Emit) -> tuple[Arguments, list[str]]:
        """Evaluates `cases` over `samples` in a throw-away home: the report, and a line for each floor broken."""
        from evals.floors import breaches, read_floors

        with _throw_away(samples, emit) as site:
            report = evaluate(site, {"cases": [str(cases)]}, emit)
        return report, breaches(report, read_floors())

    def conduct(self, cases: Path, samples: Path, emit: Emit) -> tuple[Arguments, list[str]]:
        """Evaluates compliance and leaving cases over `samples`: the report, and a line for each floor broken."""
        from evals.conduct import breaches, measure

        with _throw_away(samples, emit) as site:
            report = measure(
                cases, lambda text, day: site.talk.checker.check(text, as_of=day), site.talk.detector.detect
            )
        return report, breaches(report)

    def calibrate(self, cases: Path, samples: Path, emit: Emit) -> Arguments:
        """Fits decision and types on the cases not held out, stores both with the program, reports on the others."""
        from assist.businesstype import TypeClassifier, pack_vectors
        from assist.commands import read_question
        from assist.leaving.prototypes import pack as pack_clauses
        from evals.calibrate import calibrate, split
        from evals.subject import arguments
        from evals.typefit import fit_types

        seen, held = split([cases])
        with _throw_away(samples, emit) as site:
            examined = {
                case.id: site.examine(read_question(arguments(case), site.quiet.today())) for case in [*seen, *held]
            }
            fitted = calibrate(seen, held, lambda case: examined[case.id], model=site.embedder().name)
            types = fit_types(seen, held, lambda case: examined[case.id], TypeClassifier(site.embedder()))
            (DATA / "businesstype_vectors.json").write_text(pack_vectors(site.embedder()), encoding="utf-8")
            (DATA.parent / "leaving" / "vectors.json").write_text(pack_clauses(site.embedder()), encoding="utf-8")
        (DATA / "decision.json").write_text(fitted.data, encoding="utf-8")
        (DATA / "businesstype_weights.json").write_text(types.data, encoding="utf-8")
        return {**fitted.report, "business_types": types.report}

    def bench(self, corpus: Path, sizes: Sequence[int], emit: Emit) -> Iterator[str]:
        """Lines of the benchmark over the documents of `corpus`."""
        from evals.cases import case_files, read_cases
        from evals.lab import Laboratory
        from ingest.sync import sync
        from ingest.worker import ReaderPool
        from kb.knowledge import KnowledgeBase

        clock = SystemClock()
        with tempfile.TemporaryDirectory(prefix="zhiying-") as folder, ReaderPool() as pool:
            home = Path(folder) / "home"
            settings = read_settings(home, os.environ)
            laboratory = Laboratory(
                embedder=loader(settings, home, emit)(settings.embedding_model),
                open_base=lambda where, embedder: KnowledgeBase.open(where, embedder=embedder, clock=clock),
                ingest=lambda kb: list(sync([corpus.absolute()], kb=kb, pool=pool)),
                command=lambda where: [sys.executable, __file__, "serve", "--home", str(where)],
                questions=[case.question for case in read_cases(case_files([CASES]))][:200],
                today=today(clock),
            )
            yield from laboratory.run(home, sizes)


@contextmanager
def _throw_away(corpus: Path, emit: Emit) -> Iterator[Site]:
    """A site over the documents of `corpus` in a folder that is gone afterwards; unpacked weights are shared."""
    with tempfile.TemporaryDirectory(prefix="zhiying-") as folder:
        home = Path(folder) / "home"
        with open_site(home, read_settings(home, os.environ), emit) as site:
            ingest(site, {"paths": [str(corpus.absolute())]}, emit)
            yield site


def _require_base(home: Path, settings: Settings) -> None:
    """Asking must not make a home where there is none, as after a slip in its name."""
    if not settings.database_url and not (home / "catalogue.db").exists():
        hint = f"“{home}”里还没有知识库。请检查 --home，或先导入文档：python app.py ingest 文件夹 --home {home}"
        raise HomeError(f"no knowledge base in {home}", hint=hint)


def _web_app(site: Site, token: str) -> FastAPI:
    from assist.api import Services, create_api
    from assist.identity import loopback_identity
    from assist.operator import operator_router, streamed
    from assist.pages.agent import mount

    identify = loopback_identity(token)
    app = create_api(Services(desk=site.desk, identify=identify, version=VERSION))

    def command(name: str) -> Callable[[Arguments], Iterator[Event]]:
        return lambda arguments: streamed(lambda emit: COMMANDS[name](site, arguments, emit))

    app.include_router(operator_router({name: command(name) for name in COMMANDS}, identify=identify))
    site.talk.serve(app, identify=identify)
    return mount(app, site.desk, path="/agent")


def _warm_up(site: Site, emit: Emit) -> None:
    """Asks a question for nobody, which loads all models, then moves to a changed embedding model; failures are told.

    The page is up meanwhile; what cannot be loaded shows again, with its reason, at the first question.
    """
    from assist.terminal import say

    try:
        if site.kb.active() is not None:
            ask(replace(site, desk=site.quiet), {"question": "您好，请问怎么办理业务", "record": False}, emit)
            site.talk.leaving({"text": "您好，请问怎么办理业务"})
            site.talk.check({"text": "您好"})
        if site.kb.model_changed():
            say("向量模型已更换：正在后台重新计算向量，期间照常应答。")
            site.kb.reembed(lambda step, done, total: emit(_progress(step, done, total)), wait=600)
            say("新的向量模型已启用。")
    except ZhiyingError as error:
        say(error.hint)
    except Exception:
        _log.exception("the warm-up failed")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    from assist import cli

    return cli.main(Program(), argv)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Everything is put away; a model still being loaded in its thread would crash the interpreter at its end.
    os._exit(status)
