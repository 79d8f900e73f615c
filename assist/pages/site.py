"""What the pages share: how one is put on the site, locked down, and the line at its top that leads to the others."""

from __future__ import annotations

from html import escape
from importlib import resources

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from assist.pages.lockdown import Lockdown

FONTS = ["system-ui", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", "sans-serif"]
PAGES = (("/agent", "问答"), ("/scripts", "话术"), ("/compliance", "合规"))
"""The pages an agent moves between, in the order shown."""


def attach(app: FastAPI, blocks: gr.Blocks, *, path: str, css: str, script: str) -> FastAPI:
    """Puts a page at `path` of `app`: no uploads, no files, no monitoring, nothing from outside.

    `css` and `script` name files beside this module, several separated by blanks.
    """
    blocks.queue(max_size=64, default_concurrency_limit=8, api_open=False)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        app_kwargs={"middleware": [Middleware(Lockdown)], "docs_url": None, "redoc_url": None, "openapi_url": None},
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
        css="\n".join(asset(name) for name in css.split()),
        head="".join(f"<script>{asset(name)}</script>" for name in script.split()),
    )
    return mounted


def header(title: str, *, here: str) -> str:
    """The name of the page, and links to the others."""
    links = "".join(
        f'<a href="{path}/"{" aria-current=page" if path == here else ""}>{escape(name)}</a>' for path, name in PAGES
    )
    return (
        f'<div id="zy-head"><h1>知应</h1><small>{escape(title)}</small>'
        f'<nav class="zy-nav" aria-label="页面">{links}</nav></div>'
    )


def asset(name: str) -> str:
    """The text of a file that comes with the pages."""
    return resources.files("assist.pages").joinpath(name).read_text(encoding="utf-8")
