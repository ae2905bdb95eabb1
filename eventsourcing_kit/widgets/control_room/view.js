// An incident on a time line: charts, log and traces up to a cursor, a cause and a first action.

const CHART = 34; // pixels of a lane
const NAMES = { lag: "read model behind, s", appended: "events in the store", parked: "events set aside",
  commands: "commands in 10 s", conflicts: "conflicts in 10 s", failed: "commands failed in 10 s" };
const WARNING = new Set(["lag", "failed"]);
const REPORT = "The night behind it";
const SHOWN = 200; // lines of the log and spans, the newest

// Each series in a lane of its own, over the same time.
function drawCharts(drawing, x, colours, { at, series }) {
  const { context, width } = drawing;
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const lanes = Object.entries(series).map(([name, values], lane) => {
    const foot = MARGIN.top + CHART * (lane + 1) - 8;
    const [, highest] = minMax([...values, 1]);
    return { name, foot, highest, y: (value) => foot - (value / highest) * (CHART - 20), values };
  });
  const labels = lanes.flatMap(({ foot, highest, y }) => [[foot, "0"], [y(highest), short.format(highest)]]);
  const seconds = (i) => `${count(Math.round(at[i] ?? 0))} s`;
  drawAxes(drawing, colours, stepTicks(at.length - 1, x, seconds), labels, "");
  for (const { name, y, values } of lanes) {
    const xs = values.map((_, i) => x(i));
    drawSteps(drawing, xs, values.map(y), Math.min(width - MARGIN.right, xs.at(-1)),
      WARNING.has(name) ? colours.other : colours.fact);
  }
}

// What each series is called, and what it is at the cursor, over its lane.
function laneNames(series) {
  const values = Object.keys(series).map(() => h("b", {}));
  const lines = Object.keys(series).map((name, lane) =>
    h("div", { style: `top: ${MARGIN.top + CHART * lane - 8}px` }, `${NAMES[name] ?? name} `, values[lane]));
  const show = (index) =>
    Object.values(series).forEach((all, i) => (values[i].textContent = tenths(all[index])));
  return { element: h("div", { class: "es-lane-names", "aria-hidden": "true" }, ...lines), show };
}

// A table that scrolls; `show` puts rows there, the newest in sight.
function scrolling(label, names) {
  const rows = h("tbody", {});
  const element = panel(label, h("table", { class: "es-grid" }, h("thead", {}, heads(...names)), rows));
  element.classList.add("es-scroll");
  const show = (cells) => {
    rows.replaceChildren(...cells.slice(-SHOWN).map(({ texts, kind }) =>
      h("tr", { class: kind }, ...texts.map((text) => td(text)))));
    element.scrollTop = element.scrollHeight;
  };
  return { element, show };
}

const tenths = (number) => count(Math.round(number * 10) / 10);
const at = (second) => second.toFixed(1);

function logRows(log, now, since) {
  return log.filter((line) => line.at <= now).map((line) => ({
    texts: [at(line.at), line.level.toLowerCase(), line.trace, line.words],
    kind: `${line.level === "INFO" ? "" : "es-remark "}${line.at > since ? "es-new" : ""}`,
  }));
}

function spanRows(spans, now, since) {
  return spans.filter((span) => span.until <= now).map((span) => ({
    texts: [at(span.at), at(span.until - span.at), span.name, span.trace, span.links.join(" "), span.error],
    kind: `${span.error ? "es-remark " : ""}${span.until > since ? "es-new" : ""}`,
  }));
}

// What is told once a cause and an action were chosen.
function verdict({ causes, right, actions }, cause, action) {
  if (!cause || !action) return "Choose a cause and a first action.";
  const chosen = actions[action - 1];
  const lag = `In the three minutes after it: ${counted(chosen.conflicts, "conflict")}, `
    + `${counted(chosen.failed, "command")} failed; at their end the read model is `
    + `${count(Math.round(chosen.lag))} s behind.`;
  const is = cause === right ? "That is the cause." : `The cause is another one than ${causes[cause - 1]}.`;
  const does = chosen.is_right ? "A good first action." : "Not the first thing to do.";
  return `${is} ${does} ${chosen.does} ${lag}`;
}

function render(context) {
  const { model } = context;
  const room = unpack(model.get("packed"));
  const { tape, causes, actions, alarms } = room;
  const total = tape.at.length - 1;
  const chosen = { cause: model.get("cause"), action: model.get("action") };
  const frame = createFrame(context, "es-control");
  const numbers = laneNames(tape.series);
  const log = scrolling("Log", ["second", "level", "trace", "what"]);
  const spans = scrolling("Traces", ["from", "took, s", "span", "trace", "caused by", "error"]);
  const alarm = h("div", { class: "es-told es-alarm", role: "status" });
  const told = h("div", { class: "es-told es-verdict", role: "status" });
  const options = (texts) => texts.map((text, i) => [String(i + 1), text]);
  const pick = (name) => (value) => {
    chosen[name] = Number(value);
    judge();
    frame.say(told.textContent);
    frame.tell({ ...chosen });
  };
  const asked = {
    cause: choice("The cause is", options(causes), String(chosen.cause), pick("cause")),
    action: choice("The first thing to do", options(actions.map(({ words }) => words)), String(chosen.action), pick("action")),
  };
  const steps = createSteps(frame, {
    label: "Time of the incident", unit: "", total, index: model.get("index"),
    height: MARGIN.top + CHART * Object.keys(tape.series).length + MARGIN.bottom,
    labels: ["To the start", "One sample back", "One sample on", "To the end"],
    keys: [["← →", "ten seconds"], ["Home End", "start, end"], ["Space", "play"]],
    show, settled, paint: (drawing, x) => drawCharts(drawing, x, frame.colours, tape),
    nameOf: (i) => `second ${count(tape.at[i])}`,
  });
  steps.element.append(numbers.element);
  const report = panel(REPORT, h("p", { class: "es-story", dir: "auto" }, `${room.story} `, h("a", {
    href: room.source, target: "_blank", rel: "noopener noreferrer",
  }, "The report.")));
  const panes = { Log: log.element, Traces: spans.element, [REPORT]: report };
  const pages = tabs("What was noted", Object.keys(panes), (name) => {
    for (const [one, pane] of Object.entries(panes)) pane.hidden = one !== name;
    panes[name].scrollTop = panes[name].scrollHeight; // hidden, it cannot scroll
  });
  const reportTab = pages.element.lastChild;
  pages.choose("Log");
  frame.put(frame.title, alarm,
    h("div", { class: "es-room" }, h("div", {}, steps.element, steps.buttons),
      h("div", {}, asked.cause.element, asked.action.element)),
    told, pages.element, h("div", { class: "es-panes" }, ...Object.values(panes)));
  judge();

  // Puts a sample on the page, with all that was logged and traced until then; gives its words.
  function show(index) {
    const now = tape.at[index];
    const since = index ? tape.at[index - 1] : -1;
    const series = Object.entries(tape.series);
    numbers.show(index);
    log.show(logRows(tape.log, now, since));
    spans.show(spanRows(tape.spans, now, since));
    const on = alarms.filter((one) => one.at <= now);
    alarm.textContent = on.length ? on.map(({ words }) => `⚑ ${words}`).join(" ") : "No alarm.";
    Object.assign(frame.root.dataset, { index, of: total, alarms: on.length });
    return `${at(now)} s: ${series.map(([name, all]) => `${NAMES[name] ?? name} ${tenths(all[index])}`).join(", ")}`;
  }

  function settled() {
    if (steps.index() !== model.get("index")) frame.tell({ index: steps.index() });
  }

  function judge() {
    told.textContent = verdict(room, chosen.cause, chosen.action);
    reportTab.hidden = !chosen.cause || !chosen.action; // it would give the cause away
    if (reportTab.hidden && !report.hidden) pages.choose("Log");
    Object.assign(frame.root.dataset, chosen);
  }

  const follow = (name) => () => {
    chosen[name] = model.get(name);
    asked[name].set(String(chosen[name]));
    judge();
  };
  frame.on({
    "change:index": () => steps.goTo(model.get("index")),
    "change:cause": follow("cause"), "change:action": follow("action"),
  });
}

export default { render };
