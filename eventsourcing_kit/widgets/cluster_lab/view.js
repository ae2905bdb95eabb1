// A cluster, moment by moment: who runs, who leads, who has what, and what became of each append.

const LANE_HEIGHT = 28;
const WAIT = 45_000; // milliseconds: an election takes some seconds, an append without one as many
const MARKS = { acknowledged: "✓", failed: "✕", unknown: "?", killed: "✕", stopped: "■", started: "▶",
  paused: "❚❚", resumed: "▶" };
const LEGEND = ["a step to the right is a moment, however long", "thick: leads", "dotted: paused", "✓ acknowledged", "? not known", "✕ failed, or killed",
  "▶ started, or resumed"];
const OFF = "The buttons are off; the run can still be played.";
const RECORDED = "This run was recorded, and no cluster is behind it: the buttons are off.";

// --- the lanes: one for the appends, and one for each node; a moment a step ----------------------

// The colours and the width of a node's line in a state; no line where it is down.
function nodeLine(colours, { nodes, leader }, name) {
  const { state } = nodes[name];
  if (state === "up") return [colours.fact, leader === name ? 8 : 3, []];
  return state === "paused" ? [colours.muted, 2, [3, 4]] : null;
}

function drawLanes(drawing, x, colours, { names, moments, states }) {
  const { context } = drawing;
  const y = (lane) => MARGIN.top + LANE_HEIGHT * (lane + 0.5);
  const stroke = (from, to, lane, [colour, width, dash]) => {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    context.moveTo(x(from), y(lane));
    context.lineTo(x(to) + 0.5, y(lane)); // or a seam is left before the next one
    context.stroke();
    context.setLineDash([]);
  };
  const mark = (i, lane, kind) => {
    context.fillStyle = ["killed", "failed", "unknown"].includes(kind) ? colours.other : colours.text;
    context.fillText(MARKS[kind], x(i), y(lane) - 9);
  };
  const lanes = ["appends", ...names].map((name, lane) => [y(lane), [...name].slice(0, 10).join("")]);
  const time = (i) => `${((moments[i - 1]?.at ?? 0) / 1000).toFixed(1)} s`;
  const ticks = stepTicks(moments.length, x, time);
  const once = ticks.map(([at, text], i) => [at, text === ticks[i - 1]?.[1] ? "" : text]);
  drawAxes(drawing, colours, once, lanes, "");
  const sent = {};
  moments.forEach((moment, before) => {
    const { kind, append } = moment;
    names.forEach((name, i) => {
      const line = nodeLine(colours, states[before], name);
      if (line) stroke(before, before + 1, i + 1, line);
      if (moment.node === name && kind in MARKS) mark(before + 1, i + 1, kind);
    });
    if (kind === "sent") sent[append] = before + 1;
    if (!OUTCOMES.includes(kind)) return;
    const colour = kind === "acknowledged" ? colours.fact : colours.other;
    stroke(sent[append] ?? before, before + 1, 0, [colour, 3, []]);
    mark(before + 1, 0, kind);
  });
}

// --- the nodes, and what can be done to them -----------------------------------------------------

// The row of a node. Its two buttons do what its last state allows.
function nodeRow(name, ask) {
  const cells = [td(""), td(""), td("")];
  let last = "up";
  const ends = button("", null, () => ask(last === "down" ? "start" : "kill", name));
  const holds = button("", null, () => ask(last === "paused" ? "resume" : "pause", name));
  const dressUp = (element, text) => {
    element.textContent = text;
    element.setAttribute("aria-label", `${text} ${name}`);
  };
  const show = ({ nodes, leader }, now) => {
    const { state, position } = nodes[name];
    const highest = Math.max(...Object.values(nodes).map((node) => node.position));
    const behind = highest - position;
    cells[0].textContent = leader === name ? `${state}, leads` : state;
    cells[1].textContent = count(position);
    cells[2].textContent = behind ? `${count(behind)} behind` : "all that is known";
    cells[0].className = state === "up" ? "" : "es-down";
    last = now.nodes[name].state;
    dressUp(ends, last === "down" ? "Start" : "Kill");
    dressUp(holds, last === "paused" ? "Resume" : "Pause");
    holds.dataset.never = last === "down";
  };
  const [is, ...has] = cells;
  const element = tr(name, is, h("td", {}, h("span", { class: "es-buttons" }, ends, holds)), ...has);
  return { element, show, buttons: [ends, holds] };
}

function counters(majority) {
  const shown = {
    leader: readout("Leader"),
    up: readout(`Nodes up; a majority is ${majority}`),
    acknowledged: readout("Acknowledged"),
    unknown: readout("Not known"),
    failed: readout("Failed"),
    stored: readout("On a majority up to"),
  };
  const show = (state) => {
    const nodes = Object.values(state.nodes);
    const kinds = Object.values(state.appends);
    const number = (kind) => kinds.filter((one) => one === kind).length;
    shown.leader.value.textContent = state.leader || "none";
    shown.up.value.textContent = `${nodes.filter((node) => node.state === "up").length} of ${nodes.length}`;
    for (const kind of OUTCOMES) shown[kind].value.textContent = count(number(kind));
    shown.stored.value.textContent = `position ${count(onAMajority(state, majority))}`;
  };
  return { element: readouts(...Object.values(shown)), show };
}

// Asks Python for one thing after the other, each under a number of its own.
function createOrders(frame, table, live, { refresh, answered }) {
  const inputs = Object.fromEntries(Object.entries(frame.model.get("draft"))
    .map(([name, value]) => [name, { value }]));
  const orders = { mode: live ? "ready" : "off" }; // "asked": and not answered yet
  const become = (mode) => {
    orders.mode = mode;
    refresh();
  };
  const asker = createAsker(frame, inputs, {
    busy: table, unanswered: OFF, wait: WAIT,
    onTyped: () => become("asked"),
    show: (answer) => {
      frame.root.dataset.state = "ready";
      become("ready");
      answered(answer.said);
    },
    onSilence: () => become("off"),
  });
  orders.status = asker.status;
  orders.ask = (action, node = "") => {
    const number = Number(frame.model.get("draft").number) + 1;
    asker.load({ number: String(number), action, node });
  };
  frame.on({ "change:error": () => { if (frame.model.get("error")) become("ready"); } });
  return orders;
}

function render(context) {
  const { model } = context;
  const { nodes: names, live, majority } = unpack(model.get("packed"));
  const run = { names };
  const read = () => {
    run.moments = model.get("run");
    run.states = clusterStates(names, run.moments);
  };
  read();

  const frame = createFrame(context, "es-cluster");
  frame.root.dataset.state = live ? "ready" : "recorded";
  const shown = counters(majority);
  const order = (action, node) => { if (orders.mode === "ready") orders.ask(action, node); };
  const rows = names.map((name) => nodeRow(name, order));
  const append = button("Append an event", null, () => order("append"), { class: "es-append" });
  const look = button("Look again", null, () => order("look"));
  const buttons = [append, look, ...rows.flatMap((row) => row.buttons)];
  const table = h("table", { class: "es-grid" },
    h("thead", {}, heads("node", "is", "to do", "position", "has")),
    h("tbody", {}, ...rows.map(({ element }) => element)));
  const said = h("div", { class: "es-told es-moment" });
  const orders = createOrders(frame, table, live, { refresh, answered });
  if (!live) orders.status.textContent = RECORDED;
  const steps = createSteps(frame, {
    label: "Moments of the run", height: MARGIN.top + LANE_HEIGHT * (names.length + 1) + MARGIN.bottom,
    unit: "", total: run.moments.length, index: model.get("index"),
    labels: ["To the start", "One moment back", "One moment on", "To the end"],
    keys: [["← →", "moment"], ["Home End", "start, end"], ["Space", "play"]],
    show, settled, paint: (drawing, x) => drawLanes(drawing, x, frame.colours, run),
    nameOf: (i) => wordsOf(run.moments[i - 1]),
  });
  frame.put(frame.title, shown.element, steps.element,
    h("div", { class: "es-keys" }, ...LEGEND.map((text) => h("span", {}, text))), steps.buttons, said,
    h("div", { class: "es-nodes" }, table),
    h("div", { class: "es-row" }, append, look), orders.status);

  const wordsOf = (moment) => `${(moment.at / 1000).toFixed(3)} s · ${momentText(moment)}`;

  // Puts the moment on the page and gives its words.
  function show(index) {
    const state = run.states[index];
    const moment = run.moments[index - 1];
    const words = moment ? wordsOf(moment) : "before the first moment";
    said.textContent = words;
    shown.show(state);
    for (const row of rows) row.show(state, run.states.at(-1));
    refresh();
    Object.assign(frame.root.dataset, { index, of: run.moments.length, leader: state.leader });
    return words;
  }

  // What Python has moved it to it knows: telling it would take an error out of sight.
  function settled() {
    if (steps.index() !== model.get("index")) frame.tell({ index: steps.index() });
  }

  // Off where nobody would hear it; while Python works they keep the focus and do nothing.
  function refresh() {
    for (const one of buttons) {
      one.disabled = orders.mode === "off" || one.dataset.never === "true";
      one.setAttribute("aria-disabled", String(orders.mode !== "ready"));
    }
  }

  function answered(problem) {
    orders.status.textContent = problem;
    frame.say(problem || momentText(run.moments.at(-1) ?? { kind: "leads", node: "" }));
  }

  const follow = () => {
    read();
    steps.grow(run.moments.length);
    steps.goTo(model.get("index"));
  };
  frame.on({ "change:run": follow, "change:index": follow });
}

export default { render };
