"""The command line: parses calls, shows progress, prints results, sets exit statuses; app.py runs what it names."""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Protocol

from assist.golden.cli import add_golden
from assist.loop.cli import add_loop
from assist.operator import Emit, Event, unexpected
from assist.proving import Proves, Proving
from assist.quiz.cli import add_quiz_commands
from assist.reading import keep_figures, require_writable, tell_more
from assist.retention.terminal import add_commands as add_retention
from assist.talkcli import add_talk, talk_words
from assist.terminal import Bars, out, say
from assist.upkeep import Keeps, Upkeep
from kb.errors import HomeError, UsageError, ZhiyingError
from kb.model import Role

INTERRUPTED = 130
_log = logging.getLogger(__name__)


class Runner(Keeps, Protocol):
    """What the command line calls; app.py is it."""

    def serve(
        self, home: Path, *, host: str, port: int | None, samples: Path | None, customers: bool, emit: Emit
    ) -> None:
        """Serves a home until stopped; fills an empty one with `samples` first; `customers` starts their site too."""
        ...

    def serve_public(self, home: Path, *, host: str, port: int | None, attached: bool, emit: Emit) -> None:
        """Serves the customers' site until stopped, or, `attached`, until its standard input ends."""
        ...


def main(runner: Runner, proofs: Proves, argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status is the published one: 0 done, 1 some input refused, 2 wrong call, 3 home."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        with _terminable():
            options = _parser(_Commands(runner, proofs)).parse_args(given)
            return int(options.run(options))
    except KeyboardInterrupt:
        say("已停止。写入的内容不会丢失；没做完的，再运行同一条命令即可接着做。")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has enough; Python would complain when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ZhiyingError as error:
        return _failed(error, as_json="--json" in given)
    except Exception as error:
        _log.debug("unexpected", exc_info=error)
        return _failed(_foreseen(error), as_json="--json" in given)


def _failed(error: ZhiyingError, *, as_json: bool) -> int:
    if as_json:
        out(json.dumps({"error": {"code": error.code, "message": error.hint}}, ensure_ascii=False))
    say(error.hint)
    return error.exit_status


def _foreseen(error: Exception) -> HomeError:
    """What the person is told of an error that no part of the program has put in its own words."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return HomeError(str(error), hint="磁盘空间已满，请清理后重试；已有内容没有丢失。")
    if isinstance(error, OSError) and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return HomeError(str(error), hint=f"没有权限读写“{error.filename}”，请检查权限，或换一个位置。")
    if isinstance(error, MemoryError):
        return HomeError(str(error), hint="内存不足，请关闭其他程序后重试；已有内容没有丢失。")
    _log.error("the command failed", exc_info=error)
    return unexpected(error)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl+C does: what it holds is put away."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Commands:
    """One method a command: from parsed options to printed results and an exit status."""

    def __init__(self, runner: Runner, proofs: Proves) -> None:
        self._runner = runner
        self.upkeep = Upkeep(runner)
        self.proving = Proving(proofs)

    def ingest(self, options: argparse.Namespace) -> int:
        paths = [str(path.absolute()) for path in options.paths]
        receipts: list[Any] = []
        with Bars() as bars:

            def show(event: Event) -> None:
                if event["event"] == "receipt":
                    receipts.append(event["value"])
                    if not options.as_json:
                        bars.line(_receipt_line(event["value"]))
                bars.show(event)

            arguments = {"paths": paths, "retire_missing": options.retire_missing}
            value = self._runner.run(options.home, "ingest", arguments, show)
        if options.as_json:
            out(json.dumps({"receipts": receipts, "summary": value["summary"]}, ensure_ascii=False))
        else:
            say(value["summary"])
        return int(value["exit_status"])

    def search(self, options: argparse.Namespace) -> int:
        value = self._run(options, "search", {"question": options.question, "k": options.k, **_shared(options)})
        if options.as_json:
            out(json.dumps(value, ensure_ascii=False))
            return 0
        for hit in value["hits"]:
            where = " › ".join([hit["title"], *hit["heading"]])
            out(f"{hit['rank']}. [{hit['confidence']:.2f}] {where}（{hit['source']}）\n   {hit['text']}")
        return 0

    def ask(self, options: argparse.Namespace) -> int:
        arguments = {
            "question": options.question,
            "history": _history(options.history),
            "channel": options.channel,
            **_shared(options),
        }
        value = self._run(options, "ask", arguments)
        if options.as_json:
            out(json.dumps(value, ensure_ascii=False))
            return 0
        if value["opening"]:
            out(f"开场：{value['opening']['text']}")
        out(value["answer"])
        if value["closing"]:
            out(f"结束：{value['closing']['text']}")
        for choice in value["choices"]:
            out(f"  - {choice}")
        for citation in value["citations"]:
            where = " › ".join([citation["title"], *citation["heading"]])
            out(f"  [{citation['n']}] {where}（{citation['source']}）")
        tell_more(value)
        return 0

    def evaluate(self, options: argparse.Namespace) -> int:
        arguments = {"cases": [str(options.cases.absolute())], "k": options.k, "only": options.only}
        arguments["without_model"] = options.without_model
        arguments["take_away"] = options.take_away
        require_writable(options.report)
        report = self._run(options, "eval", arguments)
        keep_figures(report, options.report)
        return 0

    def value(self, options: argparse.Namespace, name: str, arguments: Mapping[str, Any]) -> Any:
        """The value of a command on the home of `options`, for features that bring their own commands."""
        return self._run(options, name, arguments)

    def model(self, options: argparse.Namespace) -> int:
        value = self._run(options, "model", {})
        if options.as_json:
            out(json.dumps(value, ensure_ascii=False, indent=1))
            return int(not value["ok"])
        if value["model"]:
            out(f"{value['model']}（{value['url']}）")
        for step in value["steps"]:
            out(f"{'通过' if step['ok'] else '不行'}　{step['detail']}")
        return int(not value["ok"])

    def plain(self, name: str) -> Callable[[argparse.Namespace], int]:
        """A command without options whose value is printed as it is; not `ok` is exit status 1."""

        def run(options: argparse.Namespace) -> int:
            value = self._run(options, name, {})
            out(json.dumps(value, ensure_ascii=False, indent=1))
            return int(not value["ok"])

        return run

    def serve(self, options: argparse.Namespace) -> int:
        with Bars() as bars, suppress(KeyboardInterrupt):  # the usual way to end it, and no failure of `make run`
            where = {"host": options.host, "port": options.port, "emit": bars.show}
            if options.public:
                self._runner.serve_public(options.home, attached=options.attached, **where)
            else:
                self._runner.serve(options.home, samples=options.samples, customers=options.customers, **where)
        say("已停止。")
        return 0

    def run_talk(self, options: argparse.Namespace, name: str, arguments: Mapping[str, Any]) -> int:
        """A command on what is said; prints its value, as JSON or for people; faults found are exit status 1."""
        value = self._run(options, name, arguments)
        out(json.dumps(value, ensure_ascii=False, default=str) if options.as_json else talk_words(name, value))
        return int(name == "compliance" and not value["clean"])

    def _run(self, options: argparse.Namespace, name: str, arguments: Mapping[str, Any]) -> Any:
        with Bars() as bars:
            return self._runner.run(options.home, name, arguments, bars.show)


def _receipt_line(receipt: Mapping[str, Any]) -> str:
    passages = f"{receipt['passages']} 段" if receipt["passages"] else ""
    notes = [f"提示：{each}" for each in receipt["warnings"]]
    return "\t".join(filter(None, [receipt["label"], receipt["source"], passages, receipt["reason"], *notes]))


def _shared(options: argparse.Namespace) -> dict[str, Any]:
    return {"role": options.role, "as_of": options.as_of, "scope": options.scope}


def _history(path: Path | None) -> list[Any]:
    if path is None:
        return []
    try:
        turns = json.loads(path.read_text(encoding="utf-8-sig"))
        return [{"role": turn["role"], "text": turn["text"]} for turn in turns]
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = f'对话文件 {path} 读不了：须是 UTF-8 的 JSON 列表，每项形如 {{"role": "user", "text": "…"}}。'
        raise UsageError(f"{path}: {error}", hint=hint) from error


def _parser(commands: _Commands) -> argparse.ArgumentParser:
    parser = _Parser(prog="app.py", description="知应：呼叫中心知识库与坐席助手")
    menu = parser.add_subparsers(title="命令", required=True, metavar="命令", parser_class=_Parser)

    def add(name: str, help_text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = menu.add_parser(name, help=help_text, description=help_text)
        command.set_defaults(run=run)
        return command

    def add_homely(name: str, help_text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        command = add(name, help_text, run)
        command.add_argument("--home", type=Path, default=Path("home"), help="知识库目录（默认 ./home）")
        return command

    taken = add_homely("ingest", "把文件或文件夹收入知识库", commands.ingest)
    taken.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    taken.add_argument("--retire-missing", action="store_true", help="文件夹里已删除的文件，下架其内容")
    _add_json(taken)

    for name, help_text, run in (("search", "检索段落", commands.search), ("ask", "提问", commands.ask)):
        asked = add_homely(name, help_text, run)
        asked.add_argument("question", metavar="问题")
        asked.add_argument("--role", choices=[role.value for role in Role], default="agent", help="以谁的身份")
        asked.add_argument("--as-of", metavar="日期", help="按哪一天有效的规定，如 2026-07-01（默认今天）")
        asked.add_argument("--scope", action="append", default=[], metavar="来源", help="只在这些来源里找，可重复")
        _add_json(asked)
        if name == "search":
            asked.add_argument("--k", type=_count, default=10, help="最多几条，1 到 100（默认 10）")
        else:
            asked.add_argument("--history", type=Path, metavar="FILE.json", help="之前的对话")
            asked.add_argument("--channel", choices=["voice", "chat"], default="voice")

    tested = add_homely("eval", "跑评测用例", commands.evaluate)
    tested.add_argument("cases", type=Path, metavar="CASES.jsonl", help="用例文件，或其所在文件夹")
    tested.add_argument("--k", type=_count, default=10)
    tested.add_argument("--only", choices=["retrieval", "answer"])
    tested.add_argument("--take-away", action="store_true", help="每题再问一次，不许用它的出处：这时都应拒答")
    tested.add_argument("--without-model", action="store_true", help="设了语言模型也不用它")
    _add_report(tested)

    add_retention(add_homely, commands.value)
    checked = add_homely("model", "语言模型：model check 试一试设置好的模型能不能用、有多快", commands.model)
    checked.add_argument("action", choices=["check"])
    _add_json(checked)
    add_talk(add_homely, commands.run_talk)
    for name, help_text in (
        ("rebuild", "从目录库重建全部索引"),
        ("verify", "核对目录库与索引是否一致"),
        ("loop-eval", "问题聚类与矛盾发现的实测"),
        ("loop-fit", "重新拟合问题聚类的权重与门限"),
    ):
        _add_json(add_homely(name, help_text, commands.plain(name)))

    add_quiz_commands(add_homely, commands.value)
    add_loop(add_homely, commands.value)
    add_golden(add_homely, commands.value)

    served = add_homely("serve", "启动网站与接口", commands.serve)
    served.add_argument("--host", default="127.0.0.1")
    served.add_argument("--port", type=_port, help="默认从 7860 起找一个空闲端口")
    served.add_argument("--samples", type=Path, metavar="DIR", help="知识库为空时先导入这个文件夹")
    served.add_argument("--customers", action="store_true", help="同时启动对客站点（另一个进程）")
    served.add_argument("--public", action="store_true", help="只启动对客站点：只读已发布的公开副本")
    served.add_argument("--attached", action="store_true", help=argparse.SUPPRESS)
    commands.upkeep.register(add_homely)

    commands.proving.register(add)
    return parser


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", dest="as_json", help="标准输出只有一个 JSON 对象")


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", type=Path, dest="report", metavar="OUT.json", help="完整报告写到哪里")


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError("须在 1 到 100 之间")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("端口须在 0 到 65535 之间，0 表示任选一个空闲的")
    return number


class _Parser(argparse.ArgumentParser):
    """Says in Chinese that a call is wrong."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise UsageError(message, hint=f"命令写得不对：{_in_chinese(message)}。用 --help 查看写法。")


_PARSING = (
    ("the following arguments are required", "缺少"),
    ("unrecognized arguments", "不认识"),
    ("invalid choice", "没有这个选项"),
    ("expected one argument", "后面要跟一个值"),
    ("expected at least one argument", "后面要跟至少一个值"),
    ("invalid _count value", "不是整数"),
    ("invalid _port value", "不是端口号"),
    ("invalid int value", "不是整数"),
    ("choose from", "可选"),
    ("argument ", "参数 "),
)


def _in_chinese(message: str) -> str:
    for english, chinese in _PARSING:
        message = message.replace(english, chinese)
    return message
