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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.clock import SystemClock, today
from kb.errors import HomeBusy, HomeError, ZhiyingError
from kb.lock import serving
from kb.model import OPERATOR
from kb.settings import Settings, cache_folder, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assist.answer import Assistant, Examined, Log
    from assist.chat import LangChainChat
    from assist.desk import Desk
    from assist.loop.desk import Loop
    from assist.model import Answer, Question
    from assist.operator import Event
    from assist.people.site import Accounts
    from assist.quiz.desk import QuizDesk
    from assist.retention.room import Retention
    from assist.talk import Talk
    from assist.write import Writer
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
TICK_SECONDS = 30.0
STEPS = {
    "read": "读取文件",
    "embed": "计算向量",
    "index": "写入索引",
    "rebuild": "重建索引",
    "eval": "评测",
    "load": "模型",
    "take": "收入旧问题",
}


# --- composition ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """Everything one home answers with; `quiet` answers without leaving a trace (evaluation), `unwritten` so too and
    without the language model `chat`.
    """

    kb: KnowledgeBase
    desk: Desk
    quiet: Desk
    unwritten: Desk
    chat: LangChainChat | None
    loop: Loop
    examine: Callable[[Question], Examined]
    embedder: Callable[[], Embedder]
    pool: Callable[[], ReaderPool]
    clock: Clock
    settings: Settings
    retention: Retention
    quiz: QuizDesk
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
    from assist.connect import language_model, rewriter, writer
    from assist.decide import shipped
    from assist.desk import Desk
    from assist.loop.cluster import Likeness
    from assist.loop.desk import Loop
    from assist.loop.ledger import LoopLedger
    from assist.loop.watch import Watch
    from assist.quiz.depends import dependent_items
    from assist.quiz.desk import QuizDesk
    from assist.retention.room import open_retention
    from assist.sense import Sense
    from assist.talk import open_talk
    from evals.golden import dependent_cases, golden_cases
    from ingest.worker import ReaderPool
    from kb.deferred import DeferredEmbedder, Once, RememberingEmbedder
    from kb.gaps import ThrowAwayLedger
    from kb.knowledge import KnowledgeBase
    from kb.text import normalise

    load = loader(settings, home, emit)
    clock = SystemClock()
    wanted = Once(lambda: RememberingEmbedder(load(settings.embedding_model)))
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

        chat = language_model(settings)
        if chat is not None:
            stack.callback(chat.close)
        writes = writer(settings, chat, sense)

        def assistant(
            ledger: Ledger, log: Log | None, writes: Writer | None, base: Any = kb, guarded: bool = True
        ) -> Assistant:
            return Assistant(
                base=base,
                ledger=ledger,
                log=log,
                classifier=classifier,
                clock=clock,
                sense=sense,
                writer=writes,
                guard=talk.guard if guarded else None,
            )

        def asker(base: Any) -> Callable[[Question], Answer]:
            # Unguarded: remarks on compliance change no answer, and a gate asks hundreds of questions.
            return assistant(ThrowAwayLedger(), None, None, base, guarded=False).answer

        quiet = assistant(ThrowAwayLedger(), None, writes)
        unwritten = assistant(ThrowAwayLedger(), None, None)
        ledger = LoopLedger(kb.catalogue, Likeness(words))
        loud = assistant(ledger, kb.catalogue.questions, writes)
        watch = Watch(
            ledger, question_of=kb.catalogue.questions.get, day=lambda: today(clock), threshold=shipped().threshold
        )
        yield Site(
            kb=kb,
            desk=Desk(assistant=loud, base=kb, clock=clock, observer=watch, advisor=talk.advisor),
            loop=Loop.over(
                kb,
                clock=clock,
                ledger=ledger,
                asker=asker,
                golden=lambda: golden_cases([CASES], today(clock)),
                dependants=(partial(dependent_items, kb.catalogue.quiz), partial(dependent_cases, [CASES])),
                prepare=lambda texts: wanted().remember([*texts, *map(normalise, texts)]),
            ),
            quiet=Desk(assistant=quiet, base=kb, clock=clock),
            unwritten=Desk(assistant=unwritten, base=kb, clock=clock),
            chat=chat,
            examine=quiet.examine,
            embedder=wanted,
            pool=Once(lambda: stack.enter_context(ReaderPool())),
            clock=clock,
            settings=settings,
            retention=open_retention(kb, clock, rewriter(settings, chat)),
            quiz=QuizDesk(base=kb, clock=clock),
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
    site.quiz.check()  # items that rest on what has changed are withdrawn with it
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
    from assist.commands import search

    return search(site.desk, arguments)


def ask(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One answer in the published JSON."""
    from assist import commands

    return commands.ask(site.desk, arguments)


def evaluate(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Runs case files; the value is the published report. Changes nothing in the home."""
    from evals.cases import case_files, read_cases, taken_away
    from evals.run import evaluate as run
    from evals.subject import subject

    files = case_files([Path(path) for path in arguments["cases"]])
    cases = read_cases(files)
    if arguments.get("take_away"):
        cases += taken_away(cases, [each.source for each in site.kb.documents(OPERATOR)])
    stats = site.kb.stats()
    written = site.chat is not None and not arguments.get("without_model")
    model = site.settings.model_name if written else None
    versions = {"project": VERSION, "embedding": stats.model, "model": model, "corpus": asdict(stats)}
    return run(
        cases,
        subject(site.kb, site.quiet if written else site.unwritten, versions),
        k=int(arguments.get("k") or 10),
        only=arguments.get("only"),
        case_files=files,
        progress=lambda done, total: emit(_progress("eval", done, total)),
    )


def retention(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One retention draft; from here no trial assigns anything."""
    from assist.retention import commands

    return commands.retention(site.retention.quiet, arguments)


def retention_eval(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Holds drafts to hand-made cases, without a model and with one that lies. Changes nothing in the home."""
    from assist.retention.room import open_retention
    from evals.retention.run import FOLDER, liar, measure

    lying = open_retention(site.kb, site.clock, liar)
    return measure(Path(arguments.get("cases") or FOLDER), site.retention.quiet.draft, lying.quiet.draft)


def model(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Tries the language model that is set."""
    from assist.connect import check

    return check(site.settings, site.chat)


def rebuild(site: Site, _arguments: Arguments, emit: Emit) -> Any:
    """Makes both indexes anew from the catalogue."""
    site.kb.rebuild(lambda step, done, total: emit(_progress(step, done, total)))
    return verify(site, {}, emit)


def verify(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Compares catalogue and indexes id by id."""
    found = site.kb.verify()
    return {"ok": found.ok, "verification": asdict(found), "stats": asdict(site.kb.stats())}


def quiz(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """One action on the quiz bank."""
    from assist.quiz.commands import run

    return run(site.quiz, arguments)


def quiz_check(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Makes items, keeps none, and checks them with code of its own: the report."""
    from assist.quiz.commands import order_of
    from evals.quizcheck import check_made

    return check_made(site.quiz, site.kb, order_of(arguments, site.quiz.today()))


def gaps(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """The ledger of gaps, one gap, or old questions taken in."""
    from assist.loop import commands

    return commands.gaps(site.loop, arguments, lambda done, total: emit(_progress("take", done, total)))


def release(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Releases and plans; lets a plan out or rolls back."""
    from assist.loop import commands

    return commands.release(site.loop, arguments)


def health(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """What is unhealthy in the knowledge, or what depends on one document."""
    from assist.loop import commands

    return commands.health(site.loop, arguments)


def publish(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """Brings the customers' copy in step with what is public and in force today."""
    from assist.public.site import publish_now

    return publish_now(site.kb, setting=site.settings.embedding_model, clock=site.clock)


def check(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Verifies catalogue, audit chain, indexes and published copy; mends what can be made again."""
    from assist.public.check import check_home

    return check_home(
        site.kb,
        setting=site.settings.embedding_model,
        repair=bool(arguments.get("repair", True)),
        progress=lambda step, done, total: emit(_progress(step, done, total)),
    )


def backup(site: Site, arguments: Arguments, _emit: Emit) -> Any:
    """Writes one archive of the whole home."""
    from kb.backup import backup as write

    return asdict(write(site.kb.catalogue, site.kb.home.root, Path(arguments["archive"]), clock=site.clock))


def loop_eval(site: Site, _arguments: Arguments, _emit: Emit) -> Any:
    """How well questions are clustered and planted contradictions found, over the samples in this home."""
    from evals.loop.measure import clustering, planted

    passages = site.loop.health.passages()
    grouped, found = clustering(site.embedder()), planted(passages, today(site.clock))
    ok = grouped["all"]["f1"] >= 0.85 and found["recall"] >= 0.9 and found["precision"] >= 0.8
    return {"ok": ok, "clustering": grouped, "contradictions": found}


def loop_fit(site: Site, _arguments: Arguments, emit: Emit) -> Any:
    """Fits how questions are grouped, stores it with the program, and reports as `loop-eval` does."""
    from assist.loop.cluster import shipped
    from evals.loop.fit import fitted

    settings = fitted(site.embedder(), site.loop.health.passages(), shipped().reference)
    (DATA / "clustering.json").write_text(settings.as_json(), encoding="utf-8")
    shipped.cache_clear()
    return loop_eval(site, {}, emit)


def _progress(step: str, done: int, total: int) -> Event:
    from assist.operator import progress

    return progress(done, total, STEPS.get(step, step))


COMMANDS: dict[str, Callable[[Site, Arguments, Emit], Any]] = {
    "ingest": ingest,
    "search": search,
    "ask": ask,
    "eval": evaluate,
    "retention": retention,
    "retention-eval": retention_eval,
    "rebuild": rebuild,
    "verify": verify,
    "quiz": quiz,
    "quiz-check": quiz_check,
    "model": model,
    "gaps": gaps,
    "release": release,
    "health": health,
    "publish": publish,
    "check": check,
    "backup": backup,
    "compliance": lambda site, arguments, _emit: site.talk.check(arguments),
    "leaving": lambda site, arguments, _emit: site.talk.leaving(arguments),
    "scripts": lambda site, arguments, _emit: site.talk.scripts(arguments),
    "loop-eval": loop_eval,
    "loop-fit": loop_fit,
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
        if name == "model":
            return _model_alone(settings)
        if name != "ingest":
            _require_base(home, settings)
        with open_site(home, settings, emit) as site:
            value = COMMANDS[name](site, arguments, emit)
            if name == "ingest":
                publish(site, {}, emit)  # a running site publishes by itself
            return value

    def serve(
        self, home: Path, *, host: str, port: int | None, samples: Path | None, customers: bool, emit: Emit
    ) -> None:
        """Takes the home, fills an empty one with `samples`, and serves API and pages until stopped."""
        from assist.people.site import Accounts
        from assist.public.site import beside, publishing
        from assist.serve import address, bind, serve
        from assist.terminal import say

        other = serving(home)
        if other is not None:
            raise HomeBusy(f"{home} is being served", hint=f"这个知识库已经在运行：{other.address}/agent")
        os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / f"zhiying-{os.getuid()}"))
        settings = read_settings(home, os.environ)
        public = [sys.executable, __file__, "serve", "--public", "--attached", "--home", str(home.absolute())]
        with (
            open_site(home, settings, emit) as site,
            bind(host, port, anywhere=site.kb.catalogue.people.in_use()) as bound,
            publishing(site.kb, setting=settings.embedding_model, clock=site.clock) as publisher,
            beside(public, {**os.environ, **public_environment(settings)}) as start_customers,
            ExitStack() as stack,
        ):
            if samples is not None and site.kb.active() is None:
                say(f"首次启动：导入示例知识（{samples}），约需一两分钟……")
                say(ingest(site, {"paths": [str(samples.absolute())]}, emit)["summary"])
            token, at = secrets.token_urlsafe(32), address(bound)
            accounts = Accounts.of(site.kb.catalogue, home=home, clock=site.clock, token=token, settings=settings)
            app = _web_app(site, accounts, host)

            stopped = threading.Event()
            stack.callback(stopped.set)

            def ready() -> None:
                site.kb.lock.announce(at, token)
                say(f"知应已启动：\n  坐席页面  {at}/agent\n  知识维护  {at}/maintain")
                say(f"  接口说明  {at}/api/v1/openapi.json{accounts.invitation(at)}\n按 Ctrl+C 停止。")
                # Only now: before, its imports would hold up the page.
                threading.Thread(target=_warm_up, args=(site, emit), name="warm-up", daemon=True).start()
                threading.Thread(target=_tick, args=(site, stopped), name="loop", daemon=True).start()
                publisher.start()
                if customers:
                    start_customers()

            serve(app, bound, ready=ready)

    def serve_public(self, home: Path, *, host: str, port: int | None, attached: bool, emit: Emit) -> None:
        """Serves the customers' site from the published copy; opens nothing of the home but its public folder."""
        from assist.pages.customer import serve_customers
        from assist.public.site import end_with_input, open_public, public_root
        from assist.serve import bind
        from kb.published import COPIES

        os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / f"zhiying-public-{os.getuid()}"))
        root = public_root(home)
        settings = read_settings(root / COPIES, os.environ)  # from the environment alone
        if attached:
            end_with_input()
        load = loader(settings, root, emit)
        with bind(host, port, anywhere=True) as bound, open_public(root, load=load, clock=SystemClock()) as desk:
            serve_customers(desk, bound, version=VERSION)

    def restore(self, archive: Path, home: Path, emit: Emit) -> Arguments:
        """Makes an empty folder a home from an archive, and builds its indexes."""
        from kb.backup import restore

        done = asdict(restore(archive, home))
        with open_site(home, read_settings(home, os.environ), emit) as site:
            return {**done, "check": check(site, {}, emit)}

    def probe(self, samples: Path, count: int, emit: Emit) -> Arguments:
        """Probes the public site for canaries planted where customers must not see."""
        from evals.canaries import probe

        with _throw_away(samples, emit) as site:
            return probe(site.kb, _public_command(site), count=count, publish=lambda: publish(site, {}, emit))

    def load(self, samples: Path, sessions: int, seconds: int, emit: Emit) -> Arguments:
        """Loads the public site with many sessions at once."""
        from evals.load import load

        with _throw_away(samples, emit) as site:
            publish(site, {}, emit)
            return load(_public_command(site), sessions=sessions, seconds=seconds)

    def loop_bench(self, samples: Path, emit: Emit) -> Arguments:
        """Times the gate and a ledger of 10,000 gaps over `samples`."""
        from evals.golden import golden_cases
        from evals.loop.bench import gate_bench, ledger_bench

        with _throw_away(samples, emit) as site:
            gate = gate_bench(site.loop, golden_cases([CASES], today(site.clock)))
            ledger = ledger_bench(site.loop, site.kb, today(site.clock))
        ok = gate["seconds"] <= 60 and max(ledger["page_seconds"], ledger["last_page_seconds"]) <= 1
        return {"ok": ok, "gate": gate, "ledger": ledger}

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

    def calibrate(self, cases: Path, training: Path | None, samples: Path, emit: Emit) -> Arguments:
        """Fits decision and types on the cases not held out, stores both with the program, reports on the others.

        The decision is also fitted on the cases of `training`.
        """
        from assist.businesstype import TypeClassifier, pack_vectors
        from assist.commands import read_question
        from assist.leaving.prototypes import pack as pack_clauses
        from evals.calibrate import calibrate, split
        from evals.subject import arguments
        from evals.typefit import fit_types

        seen, held = split([cases])
        more = split([training])[0] if training is not None else []
        with _throw_away(samples, emit) as site:
            examined = {}
            for case in (every := [*seen, *more, *held]):
                examined[case.id] = site.examine(read_question(arguments(case), site.quiet.today()))
                emit(_progress("eval", len(examined), len(every)))
            fitted = calibrate(seen, held, lambda case: examined[case.id], training=more, model=site.embedder().name)
            types = fit_types(seen, held, lambda case: examined[case.id], TypeClassifier(site.embedder()))
            (DATA / "businesstype_vectors.json").write_text(pack_vectors(site.embedder()), encoding="utf-8")
            (DATA.parent / "leaving" / "vectors.json").write_text(pack_clauses(site.embedder()), encoding="utf-8")
        (DATA / "decision.json").write_text(fitted.data, encoding="utf-8")
        (DATA / "businesstype_weights.json").write_text(types.data, encoding="utf-8")
        return {**fitted.report, "business_types": types.report}

    def compare(self, reports: Sequence[Arguments]) -> str:
        """Evaluation reports side by side, as a table."""
        from evals.compare import table

        return table(reports)

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


def _model_alone(settings: Settings) -> Any:
    """Tries the language model without opening the home: it can be set before there is any knowledge."""
    from assist.connect import check, language_model

    chat = language_model(settings)
    try:
        return check(settings, chat)
    finally:
        if chat is not None:
            chat.close()


def public_environment(settings: Settings) -> dict[str, str]:
    """What the customers' process must know of the settings; it does not read the file they stand in."""
    return {"ZHIYING_CACHE": settings.cache, "ZHIYING_EMBEDDING_PRECISION": settings.embedding_precision}


def _public_command(site: Site) -> list[str]:
    return [sys.executable, __file__, "serve", "--public", "--attached", "--home", str(site.kb.home.root)]


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


def _web_app(site: Site, accounts: Accounts, host: str) -> FastAPI:
    from assist.api import Services, create_api
    from assist.guard import Limits
    from assist.loop.api import loop_router
    from assist.operator import operator_router, streamed
    from assist.pages import maintain, practice, trainer
    from assist.pages.agent import mount
    from assist.pages.door import Door
    from assist.pages.notices import NoticeStrip
    from assist.pages.retention import mount as mount_retention
    from assist.public.queue import HandoffDesk, handoff_router
    from assist.quiz.api import UPLOAD, include_quizzes
    from assist.quiz.exports.sheet import MAX_BYTES
    from assist.retention.api import retention_router

    identify, door = accounts.identify, Door(accounts.identify, accounts.reception.in_use)
    app = create_api(
        Services(
            desk=site.desk,
            identify=identify,
            accounts=accounts.reception.in_use,
            hosts=accounts.hosts(host),
            armour=accounts.armour,
            version=VERSION,
            limits=Limits(larger={UPLOAD: MAX_BYTES}),
        )
    )
    quizzes = include_quizzes(
        app, base=site.kb, desk=site.quiz, clock=site.clock, identify=identify, judge=site.talk.judge
    )

    def command(name: str) -> Callable[[Arguments], Iterator[Event]]:
        return lambda arguments: streamed(lambda emit: COMMANDS[name](site, arguments, emit))

    app.include_router(loop_router(site.loop, identify))
    app.include_router(operator_router({name: command(name) for name in COMMANDS}, identify=identify))
    accounts.install(app, door)
    site.talk.serve(app, identify=identify, door=door)
    app.include_router(retention_router(site.retention.desk, site.retention.outcomes, identify))
    mount_retention(app, site.retention, path="/retention", door=door)
    practice.mount(app, quizzes.practice, quizzes.mastery, path="/practice", door=door)
    trainer.mount(app, quizzes.desk, quizzes.mastery, path="/trainer", door=door)
    handoffs = HandoffDesk(site.kb.catalogue)
    app.include_router(handoff_router(handoffs, identify))
    mount(
        app,
        site.desk,
        path="/agent",
        door=door,
        whose=accounts.whose,
        notices=NoticeStrip(site.loop.notices),
        handoffs=handoffs,
    )
    return maintain.mount(app, site.loop, path="/maintain", door=door)


def _warm_up(site: Site, emit: Emit) -> None:
    """Asks a question for nobody, which loads all models, then moves to a changed embedding model; failures are told.

    The page is up meanwhile; what cannot be loaded shows again, with its reason, at the first question.
    """
    from assist.terminal import say
    from kb.memory import trim

    try:
        if site.chat is not None:
            site.chat.warm()
        if site.kb.active() is not None:
            ask(replace(site, desk=site.quiet), {"question": "您好，请问怎么办理业务", "record": False}, emit)
            site.talk.leaving({"text": "您好，请问怎么办理业务"})
            site.talk.check({"text": "您好"})
        if site.kb.model_changed():
            say("向量模型已更换：正在后台重新计算向量，期间照常应答。")
            site.kb.reembed(lambda step, done, total: emit(_progress(step, done, total)), wait=600)
            say("新的向量模型已启用。")
        trim()
    except ZhiyingError as error:
        say(error.hint)
    except Exception:
        _log.exception("the warm-up failed")


def _tick(site: Site, stopped: threading.Event) -> None:
    """Lets the knowledge loop look at the clock now and then, until the site stops."""
    while not stopped.wait(TICK_SECONDS):
        try:
            site.loop.tick()
        except Exception:
            _log.exception("the knowledge loop failed")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    from assist import cli

    # What customers ask goes to the model that is set and to no tracing service named in the environment.
    os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false")
    return cli.main(Program(), argv)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Everything is put away; a model still being loaded in its thread would crash the interpreter at its end.
    os._exit(status)
