// Rows and buttons drawn as HTML call the page's events: data-go names the event, data-value says which one.
(() => {
  document.documentElement.lang = "zh-CN";
  const $ = (selector) => document.querySelector(selector);
  const press = (kind, value) => {
    if (kind === "draft" && mine(value)) return press("restore", JSON.stringify(mine(value)));
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
    if (target.dataset.drop) drop(target.dataset.drop); else note();
    target.closest(".zm-rows")?.querySelectorAll("[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
    if (target.closest(".zm-rows")) target.setAttribute("aria-current", "true");
    press(target.dataset.go, target.dataset.value ?? "");
  });

  // What is typed in a draft's form and not saved is kept in this tab until it is saved or given up: opening another
  // draft or loading the page again loses nothing.
  const KEPT = "zhiying-unsaved";
  const FORM = ["title", "field-0", "field-1", "field-2", "field-3", "audience", "first", "last", "supersedes"];
  const whose = () => $("#zy-account summary")?.textContent ?? "";
  const kept = () => {
    try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
  };
  const keepAll = (all) => {
    try { sessionStorage.setItem(KEPT, JSON.stringify(all)); } catch { /* full or forbidden: nothing is kept */ }
  };
  const drop = (draft) => { const all = kept(); delete all[draft]; keepAll(all); };
  const mine = (draft) => { const one = kept()[draft]; return one && one.whose === whose() ? one : null; };
  const plain = (values) => JSON.stringify(values.map((each) => each.replace(/\r\n?/g, "\n")));
  const note = () => {
    const card = $("#zm-draft[data-form]");
    if (!card || !$("#zm-draft-form")) return;
    const begun = JSON.parse(card.dataset.form);
    const values = FORM.map((name, at) => $(`#zm-${name} textarea, #zm-${name} input`)?.value ?? begun[at]);
    const [draft, revision] = card.dataset.key.split("-");
    if (plain(values) === plain(begun)) { drop(draft); return; }
    const all = kept();
    all[draft] = { draft, revision: mine(draft)?.revision ?? revision, values, whose: whose() };
    keepAll(all);
  };
  document.addEventListener("input", (event) => { if (event.target.closest?.("#zm-draft-form")) note(); });
  addEventListener("pagehide", note);

  // A draft is opened with what was not saved; after saving nothing is kept.
  const restore = (card) => {
    const draft = card.dataset.key.split("-")[0];
    if (card.dataset.came === "saved") drop(draft);
    else if (card.dataset.came === "opened" && mine(draft)) press("restore", JSON.stringify(mine(draft)));
  };

  // What was opened comes into view, and the keyboard goes there.
  const seen = {};
  const look = () => {
    for (const id of ["zm-sheet", "zm-draft", "zm-plan-sheet", "zm-golden-sheet"]) {
      const card = document.getElementById(id);
      const key = `${card?.dataset.key ?? ""}${card?.dataset.came ?? ""}`;
      if (key === (seen[id] ?? "")) continue;
      seen[id] = key;
      if (!key) continue;
      if (card.dataset.came) restore(card);
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
  const told = ["data-key", "data-came", "aria-selected"];
  new MutationObserver(() => {
    if (!due) due = requestAnimationFrame(() => { due = 0; look(); });
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: told });
  look();
})();
