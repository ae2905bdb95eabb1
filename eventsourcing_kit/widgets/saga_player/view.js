// A process that spans streams: messages between its actors in the order of time, one by one.

const LANES = ["customer", "clock", "process", "sender", "receiver", "suspense"];

// What stands in a lane of one message: where it comes from, where it goes, what it passes.
function arrow({ actor, other }, lane) {
  const [from, to] = [LANES.indexOf(actor), LANES.indexOf(other)];
  const at = LANES.indexOf(lane);
  if (from === to) return at === from ? "●" : "";
  if (at === from) return "○";
  if (at === to) return from < to ? "▶" : "◀";
  return at > Math.min(from, to) && at < Math.max(from, to) ? "──" : "";
}

function messageTable() {
  const rows = h("tbody", {});
  const element = h("div", {
    class: "es-scroll", tabindex: "0", role: "region", "aria-label": "What has happened",
  }, h("table", { class: "es-grid" }, h("thead", {}, heads("", ...LANES, "what happens")), rows));
  const words = ({ actor, other, kind, text }) => [
    h("span", { class: "es-hidden" }, actor === other ? actor : `${actor} to ${other}: `),
    `${kind === "failure" ? "✕ " : ""}${text}`,
  ];
  const show = (frames) => {
    rows.replaceChildren(...frames.map((one, i) =>
      h("tr", { class: `${i === frames.length - 1 ? "es-new " : ""}es-is-${one.kind}` },
        h("td", {}, String(i + 1)),
        ...LANES.map((lane) =>
          h("td", { class: "es-arrow", "aria-hidden": "true" }, arrow(one, lane))),
        h("td", { class: "es-what", dir: "auto" }, ...words(one)))));
    element.scrollTop = element.scrollHeight;
  };
  return { element, show };
}

// Who has how much. `show` gives whether the sum is what it was before the first message.
function moneyReadouts() {
  const money = moneyFormat("EUR", 2);
  const shown = {
    phase: readout("The process is"),
    sender: readout("Sender"),
    receiver: readout("Receiver"),
    suspense: readout("Suspense"),
    way: readout("On its way, as noted"),
    total: readout("Together"),
  };
  const show = (first, now) => {
    const [sender, receiver, suspense] = (now ?? first).balances;
    const way = now ? now.on_its_way : 0;
    const held = first.balances.reduce((sum, one) => sum + one, 0);
    const total = sender + receiver + suspense + way;
    shown.phase.value.textContent = now ? now.phase : "new";
    for (const [name, amount] of Object.entries({ sender, receiver, suspense, way, total })) {
      shown[name].value.textContent = money.text(amount);
    }
    shown.total.value.classList.toggle("es-over", total !== held);
    return total === held;
  };
  return { element: readouts(...Object.values(shown)), show };
}

function render(context) {
  const { model } = context;
  const rehearsals = bySwitches(unpack(model.get("packed")), ({ failures }) => failures);
  let run = rehearsals.get(model.get("on"));
  let index = Math.min(model.get("index"), run.frames.length);
  let unrehearsed = "";

  const frame = createFrame(context, "es-saga", { tabindex: "0" });
  const { tell } = frame.teller(() => ({ on: run.failures, index }));
  const failures = switches("In its way", rehearsals.names, (on) => {
    const found = rehearsals.get(on);
    unrehearsed = found ? "" : "This was not rehearsed.";
    if (found) [run, index] = [found, 0];
    show();
    tell();
  });
  const money = moneyReadouts();
  const messages = messageTable();
  const message = h("div", { class: "es-status", role: "status" });
  frame.put(frame.title, h("div", { class: "es-row" }, failures.element), money.element,
    h("div", { class: "es-row" },
      ...stepper(["To the start", "One back", "One on", "To the end"], move),
      keyLegend([["← →", "step"], ["Home End", "start, end"]])),
    messages.element, message);
  onKeys(frame.root, arrows(move));

  function move(by) {
    index = clamp(index + by, 0, run.frames.length);
    show();
    tell();
  }

  function show() {
    failures.set(run.failures);
    const now = run.frames[index - 1];
    const whole = money.show(run.frames[0], now);
    message.textContent = unrehearsed
      || (whole ? "" : "The account has answered; the process has not noted it yet.");
    messages.show(run.frames.slice(0, index));
    frame.say(now ? `${now.actor}: ${now.text}. The process is ${now.phase}.` : "");
    Object.assign(frame.root.dataset,
      { index, of: run.frames.length, phase: now ? now.phase : "new" });
  }

  const follow = () => {
    run = rehearsals.get(model.get("on")) ?? run;
    index = Math.min(run.frames.length, model.get("index"));
    show();
  };
  frame.on({ "change:index": follow, "change:on": follow });
  show();
}

export default { render };
