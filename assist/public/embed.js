// One line embeds the customer page: <script src="https://the-site/embed.js" defer></script>
// The site's own content policy names who may show it; on any other site the frame stays empty.
(() => {
  const script = document.currentScript;
  if (!script || document.getElementById("zhiying-open")) return;
  const base = new URL(script.src).origin;
  const button = document.createElement("button");
  button.id = "zhiying-open";
  button.type = "button";
  button.textContent = script.dataset.label || "在线客服";
  button.setAttribute("aria-expanded", "false");
  button.style.cssText =
    "position:fixed;right:16px;bottom:16px;z-index:2147483000;border:0;border-radius:24px;padding:12px 20px;" +
    "background:#0b5cad;color:#fff;font:500 16px/1.4 system-ui,sans-serif;cursor:pointer;box-shadow:0 2px 12px #0004";
  let frame = null;
  const toggle = () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.src = `${base}{{PAGE}}/?embed=1`;
      frame.title = "在线客服";
      frame.referrerPolicy = "no-referrer";
      frame.allow = "clipboard-write";
      frame.style.cssText =
        "position:fixed;right:16px;bottom:76px;z-index:2147483000;width:min(400px,calc(100vw - 32px));" +
        "height:min(680px,calc(100vh - 100px));border:1px solid #c8d2dd;border-radius:12px;background:#fff;box-shadow:0 4px 24px #0003";
      document.body.append(frame);
      button.setAttribute("aria-expanded", "true");
      return;
    }
    const hidden = frame.style.display !== "none";
    frame.style.display = hidden ? "none" : "";
    button.setAttribute("aria-expanded", String(!hidden));
  };
  button.addEventListener("click", toggle);
  document.body.append(button);
})();
