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
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.clock import SystemClock, today
from kb.errors import HomeBusy, HomeError
from kb.lock import serving
from kb.settings import Settings, cache_folder, read_settings

if TYPE_CHECKING:
    from assist.answer import Assistant, Log
    from assist.model import Answer, Question
    from assist.operator import Emit
    from assist.site import Site
    from assist.sitecommands import Command
    from assist.write import Writer
    from evals.proofs import Proofs
    from kb.embed import Embedder
    from kb.gaps import Ledger
    from kb.retrieve import Reranker

Arguments = Mapping[str, Any]

_log = logging.getLogger("zhiying")
CASES = Path(__file__).parent / "evals" / "cases"


# --- composition ----------------------------------------------------------------------------------------------------


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
    from assist.compliance.check import Checker
    from assist.compliance.guard import DraftGuard
    from assist.connect import language_model, proposer, rewriter, stems, writer
    from assist.decide import shipped
    from assist.desk import Desk
    from assist.framing import Framing
    from assist.loop.cluster import Likeness
    from assist.loop.desk import Loop
    from assist.loop.ledger import LoopLedger
    from assist.loop.remarks import draft_remarks
    from assist.loop.watch import Watch
    from assist.operator import stepped
    from assist.quiz.depends import dependent_items
    from assist.quiz.desk import QuizDesk
    from assist.retention.room import open_retention
    from assist.sense import Sense
    from assist.site import Site
    from assist.talk import open_talk
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
            progress=lambda step, done, total: emit(stepped(step, done, total)),
            database_url=settings.database_url or None,
            model=settings.embedding_model,
            load=load,
            reranker=reranker(settings),
        )
        stack.enter_context(kb)
        words = DeferredEmbedder(wanted)
        classifier, sense, checker, framing = TypeClassifier(words), Sense(words), Checker(kb), Framing(kb)

        chat = language_model(settings)
        if chat is not None:
            stack.callback(chat.close)
        writes = writer(settings, chat, sense)
        kept = open_retention(kb, clock, rewriter(settings, chat), faults=DraftGuard(checker).faults)
        talk = open_talk(kb, words, clock, checker=checker, draft=kept.offered)

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
                framing=framing if guarded else None,
            )

        def asker(base: Any) -> Callable[[Question], Answer]:
            # Unguarded: remarks on compliance change no answer, and a gate asks hundreds of questions.
            return assistant(ThrowAwayLedger(), None, None, base, guarded=False).answer

        quiet = assistant(ThrowAwayLedger(), None, writes)
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
                dependants=(partial(dependent_items, kb.catalogue.quiz),),
                prepare=lambda texts: wanted().remember([*texts, *map(normalise, texts)]),
                propose=proposer(settings, chat),
                remark=draft_remarks(kb, talk.guard),
            ),
            quiet=Desk(assistant=quiet, base=kb, clock=clock),
            unwritten=Desk(assistant=assistant(ThrowAwayLedger(), None, None), base=kb, clock=clock),
            chat=chat,
            examine=quiet.examine,
            embedder=wanted,
            pool=Once(lambda: stack.enter_context(ReaderPool())),
            clock=clock,
            settings=settings,
            retention=kept,
            quiz=QuizDesk(base=kb, clock=clock, rewrite=stems(settings, chat), reports=ledger),
            talk=talk,
        )


# --- commands: each runs in the process that owns the home ----------------------------------------------------------


def ingest(site: Site, arguments: Arguments, emit: Emit) -> Any:
    """Brings the base in step with `paths`; emits a receipt a file; the value is the tally."""
    from assist.operator import stepped
    from ingest.sync import Tally, sync

    if site.kb.active() is None:
        site.embedder()  # a model that cannot be loaded is told before the files are read, not after
    tally = Tally()
    for receipt in sync(
        [Path(path) for path in arguments["paths"]],
        kb=site.kb,
        pool=site.pool(),
        retire_missing=bool(arguments.get("retire_missing")),
        progress=lambda step, done, total: emit(stepped(step, done, total)),
    ):
        tally.add(receipt)
        emit({"event": "receipt", "value": receipt.as_json()})
    site.quiz.check()  # items that rest on what has changed are withdrawn with it
    return {"summary": str(tally), "exit_status": tally.exit_status}


def commands() -> dict[str, Command]:
    """Every command on an open home by its name."""
    from assist.sitecommands import COMMANDS as PLAIN
    from evals.commands import COMMANDS as MEASURING

    return {"ingest": ingest, **PLAIN, **MEASURING}


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
            value = commands()[name](site, arguments, emit)
            if name == "ingest":
                _publish(site)  # a running site publishes by itself
            return value

    def serve(
        self, home: Path, *, host: str, port: int | None, samples: Path | None, customers: bool, emit: Emit
    ) -> None:
        """Takes the home, fills an empty one with `samples`, and serves API and pages until stopped."""
        from assist.background import keep_watch, warm_up
        from assist.people.site import Accounts
        from assist.public.site import beside, publishing
        from assist.serve import address, bind, serve
        from assist.terminal import say
        from assist.web import web_app
        from evals.golden import bring_own

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
                bring_own(site.loop.golden, samples)
                say(ingest(site, {"paths": [str(samples.absolute())]}, emit)["summary"])
            token, at = secrets.token_urlsafe(32), address(bound)
            accounts = Accounts.of(site.kb.catalogue, home=home, clock=site.clock, token=token, settings=settings)
            app = web_app(site, accounts, host, commands())

            stopped = threading.Event()
            stack.callback(stopped.set)

            def ready() -> None:
                site.kb.lock.announce(at, token)
                say(f"知应已启动：\n  坐席页面  {at}/agent\n  知识维护  {at}/maintain")
                say(f"  接口说明  {at}/api/v1/openapi.json{accounts.invitation(at)}\n按 Ctrl+C 停止。")
                # Only now: before, its imports would hold up the page.
                threading.Thread(target=warm_up, args=(site, emit), name="warm-up", daemon=True).start()
                ticking = (site.loop.tick, site.quiz.tick, accounts.keeping.tick)
                threading.Thread(target=keep_watch, args=(ticking, stopped), name="loop", daemon=True).start()
                publisher.start()
                if customers:
                    start_customers()

            serve(app, bound, ready=ready)

    def serve_public(self, home: Path, *, host: str, port: int | None, attached: bool, emit: Emit) -> None:
        """Serves the customers' site from the published copy; opens nothing of the home but its public folder."""
        from assist.connect import language_model, writer
        from assist.pages.customer import serve_customers
        from assist.public.site import end_with_input, open_public, public_root
        from assist.serve import bind
        from assist.site import VERSION
        from kb.published import COPIES

        os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(tempfile.gettempdir()) / f"zhiying-public-{os.getuid()}"))
        root = public_root(home)
        settings = read_settings(root / COPIES, os.environ)  # from the environment alone
        if attached:
            end_with_input()
        load = loader(settings, root, emit)
        with ExitStack() as stack:
            chat = language_model(settings)
            if chat is not None:
                stack.callback(chat.close)
                chat.warm()
            writes = partial(writer, settings, chat)
            bound = stack.enter_context(bind(host, port, anywhere=True))
            desk = stack.enter_context(open_public(root, load=load, clock=SystemClock(), writes=writes))
            serve_customers(desk, bound, version=VERSION)

    def restore(self, archive: Path, home: Path, emit: Emit) -> Arguments:
        """Makes an empty folder a home from an archive, and builds its indexes."""
        from kb.backup import restore

        done = asdict(restore(archive, home))
        with open_site(home, read_settings(home, os.environ), emit) as site:
            return {**done, "check": commands()["check"](site, {}, emit)}


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
    told = ("cache", "embedding_precision", "nli_model", *(name for name in asdict(settings) if name[:6] == "model_"))
    return {f"ZHIYING_{name.upper()}": str(getattr(settings, name)) for name in told}


def proofs() -> Proofs:
    """The measurements that bring a home of their own."""
    from evals.proofs import Proofs

    return Proofs(throw_away=_throw_away, customers=_public_command, publish=_publish, benchmark=_benchmark)


def _benchmark(corpus: Path, sizes: Sequence[int], emit: Emit) -> Iterator[str]:
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


def _publish(site: Site) -> Any:
    from assist.public.site import publish_now

    return publish_now(site.kb, setting=site.settings.embedding_model, clock=site.clock)


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


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    from assist import cli

    # What customers ask goes to the model that is set and to no tracing service named in the environment.
    os.environ.update(LANGSMITH_TRACING="false", LANGCHAIN_TRACING_V2="false")
    return cli.main(Program(), proofs(), argv)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Everything is put away; a model still being loaded in its thread would crash the interpreter at its end.
    os._exit(status)
