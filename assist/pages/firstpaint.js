// What is shown first stands until the live page is whole: then that takes its place within one frame, with what was
// typed, where the keyboard was, and the button that was pressed meanwhile.
(() => {
  const first = document.getElementById("zy-first");
  const theme = new URLSearchParams(location.search).get("__theme");
  if (theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches) document.body.classList.add("dark");
  document.documentElement.lang = "zh-CN";

  // Gradio's script would hold up the first frame; a tab in the background draws none and waits no longer for it.
  const starts = document.querySelector("link[data-starts]");
  const start = () => {
    if (!starts?.hasAttribute("data-starts")) return;
    starts.removeAttribute("data-starts");
    const script = document.createElement("script");
    Object.assign(script, { type: "module", crossOrigin: "anonymous", src: starts.href });
    document.head.append(script);
  };
  requestAnimationFrame(() => setTimeout(start));
  setTimeout(start, 500);

  let pressed = null;
  first.addEventListener("click", (event) => {
    const target = event.target.closest("button[data-then], button[data-go]");
    if (!target) return;
    pressed?.removeAttribute("aria-busy");
    pressed = target;
    pressed.setAttribute("aria-busy", "true");
  });
  first.addEventListener("change", (event) => {
    if (event.target.matches("select[name]")) event.target.form.requestSubmit();
  });

  const same = (each) => each.dataset.then
    ?? (each.dataset.go ? `gradio-app [data-go="${each.dataset.go}"][data-value="${each.dataset.value ?? ""}"]` : "");
  const live = (each) => { const found = each && same(each); return found ? document.querySelector(found) : null; };
  const typing = () => {
    const at = document.activeElement;
    return first.contains(at) && at.matches("input") && at.value !== at.defaultValue;
  };
  const whole = () => first.dataset.ready.split(",").every((each) => document.querySelector(each));
  const give = () => {
    if (!whole() || typing()) return;
    waiting.disconnect();
    const at = document.activeElement;
    const focused = first.contains(at) ? live(at) : null;
    const typed = [...first.querySelectorAll("input[data-then]")].filter((each) => each.value !== each.defaultValue);
    first.remove();
    focused?.focus({ preventScroll: true });
    requestAnimationFrame(() => setTimeout(() => {
      for (const each of typed) {
        const input = live(each);
        if (!input) continue;
        input.value = each.value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
      live(pressed)?.click();
    }));
  };
  const waiting = new MutationObserver(give);
  waiting.observe(document.body, { childList: true, subtree: true });
  first.addEventListener("focusout", () => setTimeout(() => first.isConnected && give()));
})();
