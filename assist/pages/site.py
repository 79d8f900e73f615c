"""What the pages share: how one is put on the site, locked down, and the line at its top that leads to the others."""

from __future__ import annotations

from html import escape

import gradio as gr
from fastapi import FastAPI

from assist.access import Action
from assist.pages.door import Door
from assist.pages.firstpaint import Paint
from assist.pages.frame import asset, mount_blocks

PAGES = (
    ("/agent", "问答"),
    ("/scripts", "话术"),
    ("/retention", "挽留"),
    ("/compliance", "合规"),
    ("/practice", "练习"),
)
"""The pages an agent moves between, in the order shown."""


def attach(
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
    """Puts a page at `path` of `app`: no uploads, no files, no monitoring, nothing from outside, events behind `door`.

    `css` and `script` name files beside this module, several separated by blanks; `paint` draws what is shown first.
    """
    styles, scripts = ("\n".join(asset(name) for name in names.split()) for names in (css, script))
    return mount_blocks(app, blocks, path=path, css=styles, script=scripts, door=door, action=action, paint=paint)


def header(title: str, *, here: str) -> str:
    """The name of the page, and links to the others."""
    links = "".join(
        f'<a href="{path}/"{" aria-current=page" if path == here else ""}>{escape(name)}</a>' for path, name in PAGES
    )
    return (
        f'<div id="zy-head"><h1>知应</h1><small>{escape(title)}</small>'
        f'<nav class="zy-nav" aria-label="页面">{links}</nav></div>'
    )
