// Keyboard first: copying, opening sources and starting over without the mouse. Runs on the agent page only.
(() => {
  document.documentElement.lang = "zh-CN";
  const $ = (selector) => document.querySelector(selector);
  const box = () => $("#zy-question textarea, #zy-question input");
  const press = (id) => $(`#${id}`)?.click();
  const say = (text) => {
    let speaker = $("#zy-speaker");
    if (!speaker) {
      speaker = document.createElement("div");
      speaker.id = "zy-speaker";
      speaker.setAttribute("role", "status");
      speaker.style.cssText = "position:fixed;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
      document.body.append(speaker);
    }
    speaker.textContent = text;
  };

  const ask = (text) => {
    const input = box();
    if (!input) return;
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
    scrollTo({ top: 0 });
    requestAnimationFrame(() => setTimeout(() => press("zy-ask")));
  };

  const copy = async (button) => {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.dataset.label ??= button.textContent;
    button.textContent = "已复制";
    button.classList.add("zy-done");
    say("已复制");
    setTimeout(() => { button.textContent = button.dataset.label; button.classList.remove("zy-done"); }, 1500);
  };

  const reveal = (source) => {
    source.open = true;
    source.querySelector("summary").focus({ preventScroll: true });
    source.scrollIntoView({ block: "nearest" });
  };
  // One source after the other, then all folded again.
  const nextSource = () => {
    const all = [...document.querySelectorAll("#zy-answer .zy-source")];
    if (!all.length) return;
    const now = all.findLastIndex((source) => source.open);
    all.forEach((source) => { source.open = false; });
    if (now + 1 < all.length) reveal(all[now + 1]);
    else box()?.focus();
  };

  const running = new Map();
  const countDown = (timer) => {
    const total = Number(timer.dataset.seconds);
    const idle = () => {
      clearInterval(running.get(timer));
      running.delete(timer);
      timer.classList.remove("zy-running");
    };
    timer.classList.remove("zy-over");
    if (running.has(timer)) { idle(); timer.textContent = `等待 ${total} 秒`; return; }
    const end = performance.now() + total * 1000;
    const tick = () => {
      if (!timer.isConnected) return idle();
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left > 0) { timer.textContent = `还剩 ${left} 秒`; return; }
      idle();
      timer.textContent = "时间到";
      timer.classList.add("zy-over");
      say("等待时间到");
    };
    timer.classList.add("zy-running");
    running.set(timer, setInterval(tick, 200));
    tick();
  };
  const stopTimers = () => {
    running.forEach((interval, timer) => {
      clearInterval(interval);
      timer.classList.remove("zy-running");
    });
    running.clear();
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-copy], [data-ask], [data-open], [data-seconds]");
    if (!target) return;
    if ("copy" in target.dataset) copy(target);
    else if ("ask" in target.dataset) ask(target.dataset.ask);
    else if ("seconds" in target.dataset) countDown(target);
    else {
      const within = target.closest(".zy-card, .zy-past");
      const source = within?.querySelector(`.zy-source[data-n="${target.dataset.open}"]`);
      if (source) reveal(source);
    }
  });

  // The marked passage comes into view within its own box; the page stays where it is.
  document.addEventListener("toggle", (event) => {
    const section = event.target.open && event.target.querySelector?.(":scope > .zy-section");
    const mark = section && section.querySelector("mark");
    if (mark) section.scrollTop = Math.max(0, mark.offsetTop - 24);
  }, true);

  // Enter that ends a composition of the input method is not a question yet; Gradio would submit it.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const composing = event.isComposing || event.keyCode === 229;
    // Nor is a key held down, or pressed again while the answer is on its way.
    const again = event.target === box() && !event.shiftKey
      && (event.repeat || (!box().value.trim() && $("#zy-answer [aria-busy]")));
    if (!composing && !again) return;
    event.stopImmediatePropagation();
    if (again) event.preventDefault();
  }, true);

  const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
  const keys = {
    KeyC: () => { const button = $("#zy-answer .zy-copy"); if (button) copy(button); },
    KeyB: () => { const button = $("#zy-answer .zy-farewell [data-copy]"); if (button) copy(button); },
    KeyS: nextSource,
    KeyU: () => press("zy-useful"),
    KeyW: () => press("zy-wrong"),
    KeyO: () => press("zy-outdated"),
    KeyT: () => $("#zy-type input")?.focus(),
    KeyH: () => $("#zy-history summary")?.focus(),
    KeyN: () => { press("zy-new"); box()?.focus(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "/" && !typing()) {
      event.preventDefault();
      box()?.focus();
    } else if (event.key === "Escape" && document.activeElement?.getAttribute("role") !== "listbox") {
      box()?.focus();
      box()?.select();
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && keys[event.code]) {
      event.preventDefault();
      keys[event.code]();
    }
  });

  // Names for what is read out, and no timer that outlives its answer: Gradio reuses elements between answers.
  const settle = () => {
    const answer = $("#zy-answer");
    if (!answer || answer.dataset.ready) return Boolean(answer?.dataset.ready);
    answer.dataset.ready = "yes";
    answer.setAttribute("aria-live", "polite");
    answer.setAttribute("role", "region");
    answer.setAttribute("aria-label", "回答");
    $("#zy-history")?.setAttribute("aria-labelledby", "zy-history-title");
    $("#zy-history")?.setAttribute("role", "region");
    let asked = "";
    new MutationObserver(() => {
      const now = $("#zy-answer .zy-question")?.textContent ?? "";
      if (now !== asked || $("#zy-answer [aria-busy]")) stopTimers();
      asked = now;
    }).observe(answer, { childList: true, subtree: true, characterData: true });
    return true;
  };
  const watch = new MutationObserver(() => { if (settle()) watch.disconnect(); });
  watch.observe(document, { childList: true, subtree: true });
})();
