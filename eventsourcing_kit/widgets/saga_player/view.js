// A process that spans streams: messages between its actors in the order of time, one by one.

const LANES = ["customer", "clock", "process", "sender", "receiver", "suspense"];

function render({ model, el }) {
  const rehearsals = unpack(model.get("packed"));
  const names = [...new Set(rehearsals.flatMap(({ failures }) => failures))];
  const keyOf = (on) => names.filter((name) => on.includes(name)).join("|");
  const byKey = new Map(rehearsals.map((one) => [keyOf(one.failures), one]));
  const money = moneyFormat("EUR", 2);
  let now = byKey.get(keyOf(model.get("on")));
  let unrehearsed = "";
  let index = Math.min(model.get("index"), now.frames.length);

  const boxes = names.map((name) => h("input", { type: "checkbox", value: name, change: toggle }));
  const switches = h("fieldset", { class: "es-choice" }, h("legend", {}, "In its way"),
    ...boxes.map((box, i) => h("label", {}, box, names[i])));
  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);
  const shown = {
    phase: readout("The process is"),
    sender: readout("Sender"),
    receiver: readout("Receiver"),
    suspense: readout("Suspense"),
    way: readout("On its way, as noted"),
    total: readout("Together"),
  };
  const rows = h("tbody", {});
  const head = h("tr", {}, h("th", { scope: "col" }, ""),
    ...LANES.map((lane) => h("th", { scope: "col" }, lane)), h("th", { scope: "col" }, "what happens"));
  const scroll = h("div", { class: "es-scroll", tabindex: "0", role: "region", "aria-label": "What has happened" },
    h("table", { class: "es-grid" }, h("thead", {}, head), rows));
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const message = h("div", { class: "es-status", role: "status" });
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-saga", role: "group", "aria-label": model.get("title"), tabindex: "0",
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-row" }, switches),
  h("div", { class: "es-readouts" }, ...Object.values(shown).map(({ element }) => element)),
  h("div", { class: "es-row" },
    button("⇤", "To the start", () => goTo(0)),
    button("←", "One back", () => goTo(index - 1)),
    button("→", "One on", () => goTo(index + 1)),
    button("⇥", "To the end", () => goTo(Infinity)),
    keyLegend([["← →", "step"], ["Home End", "start, end"]])),
  scroll, message, error, announcement);
  el.replaceChildren(root);

  function toggle() {
    const on = names.filter((_, i) => boxes[i].checked);
    const found = byKey.get(keyOf(on));
    unrehearsed = found ? "" : "This was not rehearsed.";
    if (found) {
      now = found;
      index = 0;
    }
    show();
    tell();
  }

  function goTo(i) {
    index = Math.min(now.frames.length, Math.max(0, i));
    show();
    tell();
  }

  onKeys(root, {
    ArrowLeft: (n) => goTo(index - n), ArrowRight: (n) => goTo(index + n),
    Home: () => goTo(0), End: () => goTo(Infinity),
  });

  function arrow({ actor, other }, lane) {
    const [from, to] = [LANES.indexOf(actor), LANES.indexOf(other)];
    const at = LANES.indexOf(lane);
    if (from === to) return at === from ? "●" : "";
    if (at === from) return "○";
    if (at === to) return from < to ? "▶" : "◀";
    return at > Math.min(from, to) && at < Math.max(from, to) ? "──" : "";
  }

  function show() {
    boxes.forEach((box) => (box.checked = now.failures.includes(box.value)));
    const frame = now.frames[index - 1];
    const [sender, receiver, suspense] = frame ? frame.balances : now.frames[0].balances;
    const held = now.frames[0].balances.reduce((sum, one) => sum + one, 0);
    const way = frame ? frame.on_its_way : 0;
    const together = sender + receiver + suspense + way;
    shown.phase.value.textContent = frame ? frame.phase : "new";
    shown.sender.value.textContent = money.text(sender);
    shown.receiver.value.textContent = money.text(receiver);
    shown.suspense.value.textContent = money.text(suspense);
    shown.way.value.textContent = money.text(way);
    shown.total.value.textContent = money.text(together);
    shown.total.value.classList.toggle("es-over", together !== held);
    const behind = together === held ? "" : "The account has answered; the process has not noted it yet.";
    message.textContent = unrehearsed || behind;
    rows.replaceChildren(...now.frames.slice(0, index).map((one, i) =>
      h("tr", { class: `${i === index - 1 ? "es-new " : ""}es-is-${one.kind}` },
        h("td", {}, String(i + 1)),
        ...LANES.map((lane) => h("td", { class: "es-arrow", "aria-hidden": "true" }, arrow(one, lane))),
        h("td", { class: "es-what", dir: "auto" },
          h("span", { class: "es-hidden" }, one.actor === one.other ? one.actor : `${one.actor} to ${one.other}: `),
          `${one.kind === "failure" ? "✕ " : ""}${one.text}`))));
    scroll.scrollTop = scroll.scrollHeight;
    announcement.textContent = frame ? `${frame.actor}: ${frame.text}. The process is ${frame.phase}.` : "";
    Object.assign(root.dataset, { index, of: now.frames.length, phase: frame ? frame.phase : "new" });
  }

  function tell() {
    try {
      model.set("on", now.failures);
      model.set("index", index);
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  const listeners = {
    "change:index": () => {
      index = Math.min(now.frames.length, model.get("index"));
      show();
    },
    "change:on": () => {
      now = byKey.get(keyOf(model.get("on"))) ?? now;
      index = Math.min(now.frames.length, index);
      show();
    },
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  const readTheme = () => { if (root.isConnected) readColours(root); };
  const placed = new ResizeObserver(readTheme);
  placed.observe(root);
  const ignoreTheme = onThemeChange(root, readTheme);
  show();

  return () => {
    placed.disconnect();
    ignoreTheme();
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
