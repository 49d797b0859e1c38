// The console works without this. It adds keys (for who turned them on), select-all, the word of new orders.
(() => {
  const body = document.body;
  if (!body.classList.contains("console")) return;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const key = (name) => document.querySelector(`[data-key="${name}"]`);

  for (const button of all("[data-show]")) {
    const fields = button.dataset.show.split(" ").map((id) => document.getElementById(id));
    const text = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      const isHidden = fields[0].type === "password";
      for (const field of fields) field.type = isHidden ? "text" : "password";
      button.textContent = isHidden ? text.replace("Show", "Hide") : text;
    });
  }

  // Select all of the page, and say how many are selected.
  const ticks = all("input[name=order][type=checkbox]");
  const chosen = document.querySelector("[data-chosen]");
  let anchor = null;
  const count = () => {
    const number = ticks.filter((tick) => tick.checked).length;
    if (chosen) chosen.textContent = number === 0 ? "" : `${number} selected`;
    if (whole) whole.checked = number > 0 && number === ticks.length;
  };
  let whole = null;
  const range = (tick, checked) => {
    if (!anchor) return;
    const [a, b] = [ticks.indexOf(anchor), ticks.indexOf(tick)].sort((x, y) => x - y);
    for (const one of ticks.slice(a, b + 1)) one.checked = checked;
  };
  if (ticks.length > 0) {
    whole = document.createElement("input");
    whole.type = "checkbox";
    whole.setAttribute("aria-label", "Select all orders on this page");
    document.querySelector("th.tick").replaceChildren(whole);
    whole.addEventListener("change", () => { for (const tick of ticks) tick.checked = whole.checked; count(); });
    for (const tick of ticks) {
      tick.addEventListener("click", (event) => { if (event.shiftKey) range(tick, anchor?.checked); anchor = tick; count(); });
    }
    addEventListener("pageshow", count);
  }

  // New orders: a word, never a jump. Asked for only while somebody can see it.
  const news = document.querySelector("[data-news]");
  if (news) {
    const ask = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(news.dataset.news, { headers: { Accept: "application/json" }, redirect: "error" });
        if (!answer.ok) return;
        const { new: number } = await answer.json();
        if (number === 0 || news.dataset.told === String(number)) return;
        news.dataset.told = String(number);
        const link = document.createElement("a");
        link.href = news.dataset.refresh;
        link.textContent = "Show the list from its start";
        news.replaceChildren(`${number >= 100 ? "100 or more" : number} new ${number === 1 ? "order" : "orders"}. `, link);
      } catch { /* Asked again in a minute. */ }
    };
    setInterval(ask, 60000);
    document.addEventListener("visibilitychange", ask);
  }

  if (body.dataset.keys !== "on") return;
  const hint = document.getElementById("prefix");
  let isPrefix = false;
  const setPrefix = (value) => { isPrefix = value; if (hint) hint.hidden = !value; };
  const places = { o: "/staff/orders", i: "/staff/updates", d: "/staff/deliveries", v: "/staff/overview", c: "/staff/catalog", h: "/staff/keys" };
  const rows = all("[data-row]");
  const row = () => rows.indexOf(document.activeElement.closest("tr")?.querySelector("[data-row]"));
  const move = (step) => {
    if (rows.length === 0) return;
    const now = row();
    const next = rows[Math.max(0, Math.min(rows.length - 1, now === -1 ? (step > 0 ? 0 : rows.length - 1) : now + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const tickOf = (index) => rows[index]?.closest("tr").querySelector("input[name=order]");
  const follow = (name) => { const link = key(name); if (link) link.click(); };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.keyCode === 229) return;
    const target = event.target;
    const isField = target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      if (isPrefix) setPrefix(false);
      else if (isField) target.blur();
      else { for (const tick of ticks) tick.checked = false; count(); }
      return;
    }
    if (isField) return;
    if (isPrefix) {
      setPrefix(false);
      if (places[event.key]) { event.preventDefault(); location.assign(places[event.key]); }
      return;
    }
    const at = row();
    switch (event.key) {
      case "g": setPrefix(true); break;
      case "/": document.getElementById("q")?.focus(); break;
      case "j": move(1); break;
      case "k": move(-1); break;
      case "ArrowDown": if (at === -1) return; move(1); break;
      case "ArrowUp": if (at === -1) return; move(-1); break;
      case "o": if (at !== -1) rows[at].click(); break;
      case "x": { const tick = tickOf(at); if (tick) { tick.checked = !tick.checked; anchor = tick; count(); } break; }
      case "X": { const tick = tickOf(at); if (tick) { range(tick, true); count(); } break; }
      case "A": if (whole) { whole.checked = !whole.checked; whole.dispatchEvent(new Event("change")); } break;
      case "n": follow("older"); break;
      case "p": follow("newer"); break;
      case "u": follow("back"); break;
      case "s": follow("slip"); break;
      case "h": case "r": {
        const name = event.key === "h" ? "hold" : "release";
        if (key(name)) { follow(name); break; }
        const action = document.getElementById("action");
        if (action && ticks.some((tick) => tick.checked) && [...action.options].some((one) => one.value === name)) {
          action.value = name;
          action.form.requestSubmit();
        }
        break;
      }
      case "m": document.getElementById("text")?.focus(); break;
      case "?": location.assign("/staff/keys"); break;
      default: return;
    }
    event.preventDefault();
  });
})();
