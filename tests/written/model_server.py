"""A scripted OpenAI-compatible model on a real socket: it says what a function of the prompt says, or misbehaves."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from assist.chat import Endpoint

Says = Callable[[str, str], str]
"""From the system and the user text to the reply."""

PIECE = 4
"""So many characters go into one event of a stream."""


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def system(self) -> str:
        return self._of("system")

    @property
    def user(self) -> str:
        return self._of("user")

    def _of(self, role: str) -> str:
        return "\n".join(str(one["content"]) for one in self.body["messages"] if one["role"] == role)


@dataclass
class Script:
    """What the server does: `fault` names a misbehaviour, "" lets it say what `says` gives."""

    says: Says = lambda _system, _user: "您好。"
    fault: str = ""
    asked: list[Asked] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: whatever still drips or waits ends."""
    gates: dict[int, threading.Event] = field(default_factory=dict)
    """After so many events of a stream the server waits for the gate to open."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        script = self.server.script
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        script.asked.append(asked)
        with suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"_{script.fault}", self._speak)(asked)
        self.close_connection = True

    def log_message(self, format: str, *arguments: Any) -> None:
        """Keeps quiet."""

    def _speak(self, asked: Asked) -> None:
        self._stream(self.server.script.says(asked.system, asked.user))

    def _stream(self, text: str, *, finish: str | None = "stop") -> None:
        self._begin("text/event-stream")
        pieces = [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        for number, piece in enumerate(pieces):
            if gate := self.server.script.gates.get(number):
                gate.wait(30)
            self._event({"content": piece})
        if finish:
            self._event({}, finish)
            self._send("data: [DONE]\n\n")

    def _event(self, delta: dict[str, str], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "脚本", "choices": [choice]}
        self._send(f"data: {json.dumps(event, ensure_ascii=False)}\n\n")

    def _begin(self, kind: str, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _send(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def _problem(self, status: int, **headers: str) -> None:
        self._begin("application/json", status, **headers)
        self._send(json.dumps({"error": {"message": "秘密的内部原因", "type": "x", "code": str(status)}}))

    # --- misbehaviours -----------------------------------------------------------------------------------------------

    def _stalled_headers(self, _asked: Asked) -> None:
        self.server.script.ended.wait(30)

    def _dripped_headers(self, _asked: Asked) -> None:
        self.connection.sendall(b"HTTP/1.1 200 OK\r\nX-Wait: ")
        while not self.server.script.ended.wait(0.02):
            self.connection.sendall(b"a")

    def _key(self, _asked: Asked) -> None:
        self._problem(401)

    def _limited(self, _asked: Asked) -> None:
        self._problem(429, Retry_After="7")

    def _server_error(self, _asked: Asked) -> None:
        self._problem(500)

    def _html(self, _asked: Asked) -> None:
        self._begin("text/html")
        self._send("<html><body><h1>502 Bad Gateway</h1></body></html>")

    def _broken_json(self, _asked: Asked) -> None:
        self._begin("text/event-stream")
        self._send('data: {"choices": [{"delta": {"content": "移机费\n\n')

    def _empty(self, _asked: Asked) -> None:
        self._stream("")

    def _nothing(self, _asked: Asked) -> None:
        self._begin("text/event-stream")

    def _cut(self, asked: Asked) -> None:
        self._stream(self.server.script.says(asked.system, asked.user)[:9], finish=None)

    def _half(self, asked: Asked) -> None:
        self._stream(self.server.script.says(asked.system, asked.user), finish=None)

    def _cut_chunk(self, _asked: Asked) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.connection.sendall(b"400\r\ndata: {")

    def _drip(self, _asked: Asked) -> None:
        self._begin("text/event-stream")
        while not self.server.script.ended.wait(0.02):
            self._send(":")

    def _slow_text(self, _asked: Asked) -> None:
        self._begin("text/event-stream")
        while not self.server.script.ended.wait(0.05):
            self._event({"content": "嗯"})

    def _endless(self, _asked: Asked) -> None:
        self._begin("text/event-stream")
        while not self.server.script.ended.is_set():
            self._event({"content": "移机费用说明" * 40})

    def _gibberish(self, _asked: Asked) -> None:
        self._stream("锟斤拷烫烫烫屯屯屯\ufffd\ufffd葺葺 0x3f %%% 鐢佃瘽[1]。" * 6)

    def _english(self, _asked: Asked) -> None:
        self._stream("The relocation fee is 80 yuan each time [1]. Please contact our hotline for details [1].")

    def _invented_citation(self, _asked: Asked) -> None:
        self._stream("移机费80元/次。[17]移机不改变资费和合约期限。[99]")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    script: Script


FAULTS = (
    "stalled_headers",
    "dripped_headers",
    "key",
    "limited",
    "server_error",
    "html",
    "broken_json",
    "empty",
    "nothing",
    "cut",
    "cut_chunk",
    "drip",
    "slow_text",
    "endless",
    "gibberish",
    "english",
    "invented_citation",
)
"""The misbehaviours of a server that can be reached; `unreachable` has those of one that cannot."""


@contextmanager
def serving(script: Script) -> Iterator[Endpoint]:
    """The endpoint of a server that does what `script` says until the end of the block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.script = script
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", "脚本模型", "sk-not-for-others")
    finally:
        script.ended.set()
        for gate in script.gates.values():
            gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


UNREACHABLE = ("refused", "no_host", "no_accept")


@contextmanager
def unreachable(how: str) -> Iterator[Endpoint]:
    """An endpoint nobody answers at: nobody listens, no such host, or nobody accepts (connecting never ends)."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        waiting: list[socket.socket] = []
        if how == "no_accept":
            listener.listen(0)
            for _ in range(4):  # fills the line of those waiting to be accepted
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
        if how == "refused":
            listener.close()
        host = "gibt-es-nicht.invalid" if how == "no_host" else "127.0.0.1"
        try:
            yield Endpoint(f"http://{host}:{port}/v1", "脚本模型", "sk-none")
        finally:
            for one in waiting:
                one.close()


def passages_in(user: str) -> dict[int, str]:
    """The numbered passages of a drafting prompt, as a model would read them."""
    body = user.split("资料到此为止", 1)[0]
    return {int(n): text.strip() for n, text in re.findall(r"〔(\d+)〕(.*?)(?=〔\d+〕|\Z)", body, re.DOTALL)}


def question_in(user: str) -> str:
    """The question of a drafting prompt."""
    found = re.search(r"问题：(.*)", user)
    return found[1] if found else ""
