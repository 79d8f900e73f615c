"""The seam to a language model and its one adapter, langchain over any OpenAI-compatible endpoint; `app.py` builds it.

A reply is a stream of text that ends well or in a ChatFault, within the deadline, whatever the other side does.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

Message = tuple[str, str]
"""Role ("system", "user", "assistant") and text."""

MAX_REPLY_CHARS = 6_000
"""A reply that goes on beyond this is cut off: no answer to a customer is so long."""


class Fault(StrEnum):
    """What went wrong with a model, each with a label in wording.yaml."""

    UNREACHABLE = "unreachable"
    UNKNOWN_HOST = "unknown_host"
    TIMEOUT = "timeout"
    KEY = "key"
    LIMITED = "limited"
    SERVER = "server"
    REFUSED = "refused"
    NOT_A_REPLY = "not_a_reply"
    EMPTY = "empty"
    CUT = "cut"
    ENDLESS = "endless"
    RESTING = "resting"
    BUSY = "busy"


class ChatFault(Exception):  # noqa: N818 - a domain word
    """A model gave no usable reply. `retry_after` is in seconds, None when the other side did not say."""

    def __init__(self, fault: Fault, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
        self.retry_after = retry_after


class ChatModel(Protocol):
    """Writes text for messages; thread-safe."""

    @property
    def name(self) -> str:
        """Name of the model, for reports."""
        ...

    def stream(
        self, messages: Sequence[Message], *, until: float, temperature: float = 0.0, max_tokens: int = 400
    ) -> Iterator[str]:
        """Pieces of the reply as they come, none empty, until it ends well; raises ChatFault for anything else.

        `until` is the moment (time.monotonic) by which it ends. A reply no longer read is stopped.
        """
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is: the base URL that ends in /v1, its name there, the key and the proxy ("": none)."""

    url: str
    model: str
    key: str = ""
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    fault: ChatFault | None


class LangChainChat:
    """A model of an endpoint through langchain, never tried twice; its connections live in one thread of their own."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Any = None
        self._model: Any = None

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self._endpoint.model

    def stream(
        self, messages: Sequence[Message], *, until: float, temperature: float = 0.0, max_tokens: int = 400
    ) -> Iterator[str]:
        """See `ChatModel`."""
        pieces: queue.Queue[str | _End] = queue.Queue()
        loop = self._running()
        work = self._relay(list(messages), until, {"temperature": temperature, "max_tokens": max_tokens}, pieces.put)
        task: Future[None] = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            while True:
                try:
                    # The relay ends by itself at the deadline; a little longer covers a loop that is held up.
                    piece = pieces.get(timeout=max(0.0, until - time.monotonic()) + 0.2)
                except queue.Empty:
                    raise ChatFault(Fault.TIMEOUT, "no end by the deadline") from None
                if time.monotonic() > until and not isinstance(piece, _End):
                    raise ChatFault(Fault.TIMEOUT, "still writing at the deadline")
                if isinstance(piece, _End):
                    if piece.fault is not None:
                        raise piece.fault
                    return
                yield piece
        finally:
            task.cancel()

    def warm(self) -> None:
        """Imports what the first reply needs, which takes seconds that no deadline should lose."""
        self._load()

    def close(self) -> None:
        """Ends what is running and gives connections and thread back."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = self._model = None
            if loop is None or thread is None:
                return
            with suppress(Exception):
                asyncio.run_coroutine_threadsafe(self._shut(), loop).result(timeout=5)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(timeout=5)
            if not thread.is_alive():
                loop.close()

    async def _shut(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="model", daemon=True)
                self._thread.start()
            return self._loop

    async def _relay(
        self, messages: list[Message], until: float, options: dict[str, Any], put: Callable[[str | _End], None]
    ) -> None:
        """Hands on every piece of a reply, then how it ended."""
        fault: ChatFault | None = None
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                async for piece in self._pieces(messages, options):
                    put(piece)
                    if time.monotonic() > until:  # a library below that swallows the cancelling is stopped here
                        raise TimeoutError
        except TimeoutError:
            fault = ChatFault(Fault.TIMEOUT, "no end by the deadline")
        except ChatFault as error:
            fault = error
        except Exception as error:  # whatever the libraries below make of a broken server
            fault = _fault_of(error)
        put(_End(fault))

    async def _pieces(self, messages: list[Message], options: dict[str, Any]) -> AsyncIterator[str]:
        model = await asyncio.get_running_loop().run_in_executor(None, self._load)
        ended, length = "", 0
        bound = model.bind(temperature=options["temperature"], extra_body={"max_tokens": options["max_tokens"]})
        async for chunk in bound.astream(messages):
            text = chunk.text if isinstance(chunk.text, str) else str(chunk.content)
            ended = str(chunk.response_metadata.get("finish_reason") or ended)
            length += len(text)
            if length > MAX_REPLY_CHARS:
                raise ChatFault(Fault.ENDLESS, f"more than {MAX_REPLY_CHARS} characters")
            if text:
                yield text
        if not length and not ended:
            raise ChatFault(Fault.NOT_A_REPLY, "no event of a reply")
        if not length:
            raise ChatFault(Fault.EMPTY, "a reply without text")
        if ended not in {"stop", "length"}:
            raise ChatFault(Fault.CUT, f"ended with {ended or 'nothing'}")

    def _load(self) -> Any:
        """The langchain model, made at the first reply: its imports take seconds."""
        with self._lock:
            if self._model is None:
                import httpx
                from langchain.chat_models import init_chat_model

                # The deadline of each reply bounds everything; a timeout of single reads would never stop a slow drip.
                proxy = self._endpoint.proxy or None
                self._client = httpx.AsyncClient(trust_env=False, proxy=proxy, timeout=None)  # noqa: S113
                self._model = init_chat_model(
                    self._endpoint.model,
                    model_provider="openai",
                    base_url=self._endpoint.url,
                    api_key=self._endpoint.key or "none",
                    max_retries=0,
                    timeout=None,
                    stream_usage=False,
                    http_async_client=self._client,
                )
            return self._model


def _fault_of(error: BaseException) -> ChatFault:
    """The fault behind an error of openai, httpx or the JSON reader, told by names and status, not by texts."""
    chain = list(_causes(error))
    codes = [getattr(each, "status_code", None) for each in chain]
    status = next((code for code in codes if isinstance(code, int)), 0)
    names = {kind.__name__ for each in chain for kind in type(each).__mro__}
    detail = type(error).__name__
    if status:
        after = next((_retry_after(each) for each in chain if hasattr(each, "response")), None)
        by_status = {401: Fault.KEY, 403: Fault.KEY, 408: Fault.TIMEOUT, 429: Fault.LIMITED}
        fault = by_status.get(status, Fault.SERVER if status >= 500 else Fault.REFUSED)
        return ChatFault(fault, f"HTTP {status}", retry_after=after)
    if "gaierror" in names:
        return ChatFault(Fault.UNKNOWN_HOST, detail)
    if names & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return ChatFault(Fault.TIMEOUT, detail)
    if names & {"RemoteProtocolError", "ReadError"}:
        return ChatFault(Fault.CUT, detail)
    if names & {"ConnectError", "ConnectionRefusedError", "ProxyError", "OSError", "UnsupportedProtocol", "InvalidURL"}:
        return ChatFault(Fault.UNREACHABLE, detail)
    return ChatFault(Fault.NOT_A_REPLY, detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None
