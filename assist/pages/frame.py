"""Mounts a page's components on the site, locked down: no uploads, files or monitoring, nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from assist.access import Action
from assist.pages.door import Door
from assist.pages.firstpaint import FirstPaint, Paint
from assist.pages.lockdown import Lockdown

FONTS = ["system-ui", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "sans-serif"]


def mount_blocks(
    app: FastAPI,
    blocks: gr.Blocks,
    *,
    path: str,
    css: str,
    script: str = "",
    door: Door | None = None,
    action: Action = Action.USE_AGENT_PAGE,
    paint: Paint | None = None,
) -> FastAPI:
    """Puts `blocks` at `path` of `app` with a style sheet and, when given, a script of its own and what is shown first.

    Events without a door of their own pass `door`, when there is one, with `action`.
    """
    if door is not None:
        door.guard(blocks, action)
    layers = [Middleware(Lockdown), *([Middleware(FirstPaint, paint=paint)] if paint else [])]
    blocks.queue(max_size=64, default_concurrency_limit=8, api_open=False)
    return put(app, blocks, path=path, layers=layers, css=css, script=script)


def put(
    app: FastAPI, blocks: gr.Blocks, *, path: str, layers: Sequence[Middleware], css: str, script: str = ""
) -> FastAPI:
    """Puts `blocks` at `path` of `app` behind `layers`, with everything switched off that a page does not need."""
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        app_kwargs={"middleware": list(layers), "docs_url": None, "redoc_url": None, "openapi_url": None},
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        run_history=False,
        pwa=False,
        allowed_paths=[],
        max_file_size="1kb",
        footer_links=[],
        theme=gr.themes.Soft(font=FONTS, font_mono=["ui-monospace", "monospace"], text_size="md"),
        css=css,
        head=f"<script>{script}</script>" if script else None,
    )
    return mounted


def asset(name: str) -> str:
    """The text of a file that lies beside the pages."""
    return resources.files("assist.pages").joinpath(name).read_text(encoding="utf-8")
