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
    if (kind === "gap") keep(value);
  };

  // The address names the gap that is open: loading the page again, or sending the address on, opens it.
  const keep = (gap) => {
    const address = new URL(location.href);
    if (gap) address.searchParams.set("gap", gap); else address.searchParams.delete("gap");
    history.replaceState(history.state, "", address);
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-go]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!target || (target.href && elsewhere) || !$(`#zm-press-${target.dataset.go}`)) return;
    event.preventDefault();
    target.closest(".zm-rows")?.querySelectorAll("[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    if (target.closest(".zm-rows")) target.setAttribute("aria-current", "true");
    press(target.dataset.go, target.dataset.value ?? "");
  });

  // What was opened comes into view, and the keyboard goes there.
  const seen = {};
  const look = () => {
    for (const id of ["zm-sheet", "zm-draft", "zm-plan-sheet"]) {
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
    begin();
    again();
  };

  // Once, when the page is whole: what the address asks for beyond what the page came with.
  let begun = false;
  const begin = () => {
    if (begun || !$("#zm-press-ledger") || !$("#zm-ledger")) return;
    begun = true;
    const gap = new URLSearchParams(location.search).get("gap");
    if (gap && $("#zm-sheet")) press("gap", gap);
    setTimeout(() => { if (!$("#zm-ledger .zm-counts")) press("ledger", ""); }, 1500);
  };

  // Whoever comes back to the ledger sees it as it is now.
  let there = true;
  const again = () => {
    const tab = $("#zm-tabs [role=tab][data-tab-id=gaps]");
    if (!tab) return;
    const here = tab.getAttribute("aria-selected") === "true";
    if (here && !there) press("ledger", "");
    there = here;
  };
  let due = 0;
  new MutationObserver(() => {
    if (!due) due = requestAnimationFrame(() => { due = 0; look(); });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-key", "aria-selected"] });
  look();
})();
