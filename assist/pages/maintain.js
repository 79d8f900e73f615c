// Rows and buttons drawn as HTML call the page's events: data-go names the event, data-value says which one.
(() => {
  document.documentElement.lang = "zh-CN";
  const $ = (selector) => document.querySelector(selector);
  const press = (kind, value) => {
    const input = $(`#zm-go-${kind} textarea, #zm-go-${kind} input`);
    if (!input) return;
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => $(`#zm-press-${kind}`)?.click()));
  };
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-go]");
    if (!target) return;
    target.closest(".zm-rows")?.querySelectorAll("[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    if (target.closest(".zm-rows")) target.setAttribute("aria-current", "true");
    press(target.dataset.go, target.dataset.value ?? "");
  });

  // What was opened comes into view, and the keyboard goes there.
  const seen = {};
  const look = () => {
    for (const id of ["zm-sheet", "zm-draft", "zm-plan-sheet", "zm-golden-sheet"]) {
      const card = document.getElementById(id);
      const key = card?.dataset.key ?? "";
      if (key === (seen[id] ?? "")) continue;
      seen[id] = key;
      if (!key) continue;
      const box = card.getBoundingClientRect();
      const head = card.querySelector("h2");
      head?.setAttribute("tabindex", "-1");
      head?.focus({ preventScroll: true });
      if (box.top < 0 || box.top > innerHeight * 0.6) card.scrollIntoView({ block: "start" });
    }
    const alert = $("#zm-alert .zy-alert, #zm-alert .zy-remark");
    if (alert && alert.textContent !== seen.alert) {
      const box = alert.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) alert.scrollIntoView({ block: "center" });
    }
    seen.alert = alert?.textContent ?? "";
  };
  let due = 0;
  new MutationObserver(() => {
    if (!due) due = requestAnimationFrame(() => { due = 0; look(); });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key"] });
})();
