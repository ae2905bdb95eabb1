// A race in every order of its steps. Python has run them all; here one is taken up, rearranged
// by hand, predicted, and shown.

const LANE = 64;
const BOX = 44;
const SVG = "http://www.w3.org/2000/svg";

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const shortened = (words, most) => (words.length <= most ? words : `${words.slice(0, most - 1)}…`);

function render({ model, el }) {
  const reports = unpack(model.get("packed"));
  const names = [...new Set(reports.flatMap(({ on }) => on))];
  const keyOf = (on) => names.filter((name) => on.includes(name)).join("|");
  const byKey = new Map(reports.map((report) => [keyOf(report.on), report]));
  const seen = new Set(); // what was revealed: "defences/schedule"
  let report = byKey.get(keyOf(model.get("on")));
  let schedule = model.get("schedule");
  let revealed = false;
  let said = ""; // what the reader predicted
  let focus = null; // the turn whose box is to have the focus after drawing

  const run = () => report.runs.find((one) => one.schedule === schedule) ?? report.runs[0];
  const seenKey = () => `${keyOf(report.on)}/${schedule}`;
  // The first letter belongs to the participant that comes first in the first schedule.
  const people = [...new Map(reports[0].runs[0].turns.map(([name], i) =>
    [reports[0].runs[0].schedule[i], name])).entries()].sort();

  // --- controls

  const boxes = names.map((name) => h("input", { type: "checkbox", value: name, change: toggle }));
  const switches = h("fieldset", { class: "es-choice" }, h("legend", {}, "Defences"),
    ...boxes.map((box, i) => h("label", {}, box, names[i])));
  const counter = h("div", { class: "es-counter", "aria-live": "polite" });
  const id = h("input", {
    type: "text", class: "es-id", spellcheck: "false", autocomplete: "off",
    "aria-label": "Schedule id", change: () => takeUp(id.value.trim().toUpperCase()),
    keydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") takeUp(id.value.trim().toUpperCase());
    },
  });
  const button = (text, click, more = {}) => h("button", { type: "button", click, ...more }, text);
  const nextBroken = button("Next that breaks", () => goToBroken());

  // --- lanes, prediction, text

  const lanes = svg("svg", { class: "es-lanes", role: "group", "aria-label": "Lanes: steps in the order of time" });
  const choices = h("div", { class: "es-row", role: "group", "aria-label": "Predict the outcome" });
  const answer = h("div", { class: "es-answer", "aria-live": "polite" });
  const list = h("ol", { class: "es-turns" });
  const words = h("details", {}, h("summary", {}, "The schedule in words"), list);
  const strip = h("div", { class: "es-strip", role: "group", "aria-label": "Schedules looked at" });
  const message = h("div", { class: "es-status", role: "status" });
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-race", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-row" }, h("div", { class: "es-title" }, model.get("title")), switches),
  counter,
  h("div", { class: "es-row" },
    h("label", { class: "es-field" }, h("span", {}, "Schedule"), id), nextBroken,
    keyLegend([["← →", "on a step: move it"], ["N", "next that breaks"]])),
  lanes, choices, answer, words, strip, message, error);
  el.replaceChildren(root);

  // --- going to another schedule

  function toggle() {
    const on = names.filter((_, i) => boxes[i].checked);
    const found = byKey.get(keyOf(on));
    message.textContent = found ? "" : `With just ${on.join(" and ") || "none"} nothing was run.`;
    if (!found) return showSwitches();
    report = found;
    if (!report.runs.some((one) => one.schedule === schedule)) schedule = report.runs[0].schedule;
    hide();
    tell();
  }

  function takeUp(wanted) {
    const known = report.runs.some((one) => one.schedule === wanted);
    message.textContent = known ? "" : `There is no schedule ${shortened(wanted, 20)} here. One is ${schedule}.`;
    if (!known) return void (id.value = schedule);
    if (wanted === schedule) return;
    schedule = wanted;
    hide();
    tell();
  }

  function hide() {
    revealed = false;
    said = "";
    show();
  }

  function goToBroken() {
    const at = report.runs.indexOf(run());
    const order = report.runs.map((_, i) => report.runs[(at + 1 + i) % report.runs.length]);
    const found = order.find(({ broken }) => broken.length);
    message.textContent = found ? "" : "None of them breaks.";
    if (!found) return;
    schedule = found.schedule;
    said = "";
    revealed = true;
    seen.add(seenKey());
    show();
    tell();
  }

  // The turn at `from` to the place `to`: another order of the letters, so always a schedule.
  function move(from, to) {
    if (to < 0 || to >= schedule.length || to === from) return;
    const letters = [...schedule];
    const [letter] = letters.splice(from, 1);
    letters.splice(to, 0, letter);
    focus = to;
    const wanted = letters.join("");
    if (wanted === schedule) return draw();
    takeUp(wanted);
  }

  function predict(outcome) {
    said = outcome;
    revealed = true;
    seen.add(seenKey());
    show();
  }

  onKeys(root, { n: () => goToBroken(), N: () => goToBroken() });

  // --- drawing

  function draw() {
    const width = Math.max(320, lanes.clientWidth || root.clientWidth - 26);
    const left = 70;
    const room = (width - left) / schedule.length;
    lanes.setAttribute("viewBox", `0 0 ${width} ${LANE * people.length}`);
    lanes.setAttribute("height", LANE * people.length);
    const turns = run().turns;
    const parts = people.flatMap(([, name], place) => [
      svg("line", { class: "es-lane", x1: left, x2: width, y1: LANE * (place + 0.5), y2: LANE * (place + 0.5) }),
      svg("text", { class: "es-who", x: 0, y: LANE * (place + 0.5) + 4 }, shortened(name, 9)),
    ]);
    const letters = Math.max(3, Math.floor((room - 14) / 6.6));
    // A participant that waits takes its step later than its turn: what is shown is what was done.
    const shown = turns.map(([name, step, note], i) => {
      const lane = people.findIndex(([, one]) => one === name);
      const [x, y] = [left + room * i, LANE * (lane + 0.5)];
      const note_ = revealed ? note : "";
      const box = svg("g", {
        class: `es-turn${note_ ? " es-noted" : ""}`, tabindex: "0", role: "button",
        "aria-label": `Turn ${i + 1} of ${turns.length}: ${name}, ${step}${note_ ? `, ${note_}` : ""}. Left and right move it.`,
        transform: `translate(${x}, ${y})`,
        keydown: (event) => onStepKey(event, i),
        pointerdown: (event) => onGrab(event, i, x, y, room),
      },
      svg("rect", { x: 3, y: -BOX / 2, width: room - 6, height: BOX, rx: 4 }),
      svg("text", { x: room / 2, y: note_ ? -2 : 4, "text-anchor": "middle" }, shortened(step, letters)));
      if (note_) {
        box.append(svg("text", { class: "es-note", x: room / 2, y: 14, "text-anchor": "middle" }, shortened(note_, letters)));
      }
      box.append(svg("title", {}, `${name}: ${step}${note_ ? ` (${note_})` : ""}`));
      return box;
    });
    lanes.replaceChildren(...parts, ...shown);
    if (focus !== null) shown[Math.min(focus, shown.length - 1)].focus();
    focus = null;
  }

  function onStepKey(event, i) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    move(i, i + by);
  }

  function onGrab(event, i, x, y, room) {
    if (event.button !== 0) return;
    const box = event.currentTarget;
    box.setPointerCapture(event.pointerId);
    const start = event.clientX;
    const scale = lanes.viewBox.baseVal.width / Math.max(1, lanes.getBoundingClientRect().width);
    const drag = (moved) => (moved.clientX - start) * scale;
    const onMove = (moved) => box.setAttribute("transform", `translate(${x + drag(moved)}, ${y})`);
    const onUp = (moved) => {
      box.removeEventListener("pointermove", onMove);
      box.removeEventListener("pointerup", onUp);
      box.removeEventListener("pointercancel", onUp);
      const to = Math.min(schedule.length - 1, Math.max(0, i + Math.round(drag(moved) / room)));
      if (to === i) draw();
      else move(i, to);
    };
    box.addEventListener("pointermove", onMove);
    box.addEventListener("pointerup", onUp);
    box.addEventListener("pointercancel", onUp);
  }

  function showSwitches() {
    boxes.forEach((box) => (box.checked = report.on.includes(box.value)));
  }

  function show() {
    showSwitches();
    const { outcome, broken, turns } = run();
    const bad = report.runs.filter((one) => one.broken.length).length;
    const all = report.runs.length;
    const drawn = report.schedules > all ? `, drawn from ${count(report.schedules)}` : "";
    counter.replaceChildren(h("b", { class: bad ? "es-bad" : "" }, `${count(bad)} of ${count(all)}`),
      ` schedules break${drawn} · ${report.scenario}`);
    id.value = schedule;
    nextBroken.disabled = bad === 0;
    const outcomes = [...new Set(report.runs.map((one) => one.outcome))].sort();
    choices.replaceChildren(h("span", { class: "es-muted" }, revealed ? "It was:" : "Predict what comes of it:"),
      ...outcomes.map((one) => button(one, () => predict(one), {
        "aria-pressed": String(revealed && one === outcome), class: "es-outcome",
      })));
    const verdict = !said ? "" : said === outcome ? "As you said. " : `You said: ${said}. `;
    answer.className = `es-answer${revealed && broken.length ? " es-bad" : ""}`;
    answer.textContent = !revealed ? ""
      : `${verdict}${broken.length ? `✕ broken. ${broken.join("; ")}` : "✓ everything holds."}`;
    list.replaceChildren(...turns.map(([name, step, note]) =>
      h("li", {}, `${name}: ${step}${revealed && note ? ` (${note})` : ""}`)));
    const looked = report.runs.filter((one) => seen.has(`${keyOf(report.on)}/${one.schedule}`));
    strip.replaceChildren(h("span", { class: "es-muted" }, `Looked at ${looked.length} of ${count(all)}:`),
      ...looked.slice(-24).map((one) => button(`${one.broken.length ? "✕" : "✓"} ${one.schedule}`, () => {
        takeUp(one.schedule);
        predict("");
      }, { class: one.broken.length ? "es-seen es-bad" : "es-seen" })));
    draw();
    Object.assign(root.dataset, { schedule, broken: bad, revealed });
  }

  // --- Python hears of it, and moves it

  function tell() {
    try {
      model.set("on", report.on);
      model.set("schedule", schedule);
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  const listeners = {
    "change:schedule": () => { if (model.get("schedule") !== schedule) takeUp(model.get("schedule")); },
    "change:on": () => {
      const found = byKey.get(keyOf(model.get("on")));
      if (!found || found === report) return;
      report = found;
      if (!report.runs.some((one) => one.schedule === schedule)) schedule = report.runs[0].schedule;
      hide();
    },
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  let width = 0;
  const resized = new ResizeObserver(() => {
    if (root.isConnected) readColours(root);
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    draw();
  });
  resized.observe(root);
  const ignoreTheme = onThemeChange(root, () => readColours(root));
  show();

  return () => {
    resized.disconnect();
    ignoreTheme();
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
