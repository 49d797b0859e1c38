// The pages need none of this. It makes the weight live, the steppers quick, a second click harmless, and printing a tap.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // The answer to a form belongs to an address that can be asked for: Back and reload do that, and do not offer to send
  // the form again. What waits for one more press would be lost, and stays as it is.
  if (!document.querySelector("[data-waits]")) history.replaceState(null, "", location.href);

  // A second press within a second is a slip of the finger: the first one is on its way.
  let sentAt = -Infinity;
  document.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < 1000) event.preventDefault();
    else sentAt = event.timeStamp;
  });
  // Coming back with the Back button, the page may send again.
  addEventListener("pageshow", () => { sentAt = -Infinity; });

  // Browsers keep whole pages for their Back button: those from before "Clear my answers" are asked for anew.
  try {
    const memory = sessionStorage;
    if (location.pathname.endsWith("/order/cleared")) memory.setItem("cleared", String(Date.now()));
    addEventListener("pageshow", (event) => {
      if (event.persisted && memory.getItem("cleared") > performance.timeOrigin) location.reload();
    });
  } catch { /* Without storage there is no draft either. */ }

  // `autofocus` does it where there is no script; after a reload some browsers do not.
  const summary = document.getElementById("summary");
  if (summary) summary.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".summary a");
    if (!link) return;
    const field = document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    const label = document.querySelector(`label[for="${field.id}"]`) || field;
    label.scrollIntoView();
    field.focus({ preventScroll: true });
  });

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  const meter = document.querySelector("[data-limit]");
  if (!meter || typeof BigInt !== "function") return;

  // Whole numbers as on the server: used and over are rounded up to a tenth, what is left is rounded down.
  const limit = BigInt(meter.dataset.limit), tenth = BigInt(meter.dataset.tenth), near = BigInt(meter.dataset.near);
  const inputs = [...document.querySelectorAll("[data-unit]")];
  const shown = meter.querySelector("[data-shown]"), spoken = meter.querySelector("[data-spoken]");
  const level = meter.querySelector(".level");
  const decimal = (tenths) => `${tenths / 10n}.${tenths % 10n}`;
  const up = (quanta) => decimal((quanta + tenth - 1n) / tenth);
  const down = (quanta) => decimal(quanta / tenth);
  const copies = (input) => /^\s*\d{1,7}\s*$/.test(input.value) ? BigInt(input.value.trim()) : 0n;
  const fill = (text, total) => text
    .replace("{used}", up(total))
    .replace("{left}", down(limit > total ? limit - total : 0n))
    .replace("{over}", up(total > limit ? total - limit : 0n));

  let timer = 0;
  function weigh() {
    const total = inputs.reduce((sum, input) => sum + copies(input) * BigInt(input.dataset.unit), 0n);
    const state = total > limit ? "over" : total >= near ? "almost" : "room";
    for (const name of ["room", "almost", "over"]) meter.classList.toggle(name, name === state);
    shown.textContent = fill(meter.dataset[state], total);
    const width = total >= limit ? 1000 : Number(total * 1000n / limit);
    level.setAttribute("width", String(width));
  }
  // Spoken once typing stops, so that a screen reader is not flooded; not for a page that just opened. A button's press
  // says the number too: nobody hears the field change.
  function changed(pressed) {
    weigh();
    clearTimeout(timer);
    timer = setTimeout(() => {
      const text = (pressed ? `${meter.dataset.copies}: ${pressed}. ` : "") + shown.textContent;
      if (spoken.textContent !== text) spoken.textContent = text;
    }, 1000);
  }
  for (const input of inputs) input.addEventListener("input", () => changed());
  addEventListener("pageshow", weigh);
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-step]");
    if (!button) return;
    const input = document.getElementById(button.dataset.for);
    const next = copies(input) + BigInt(button.dataset.step);
    const most = BigInt(input.dataset.most);
    if (next < 1n || next > most) return;
    event.preventDefault();
    input.value = String(next);
    changed(input.value);
  });
})();
