// What reading and writing cost with a snapshot every n events, measured by Python for each n.

// What the runs cost, at so many loads and such a price of writing.
function costs(runs, state) {
  const reading = (run) => run.replayed * state.loads;
  const cost = (run) => reading(run) + writing(run);
  const writing = (run) => run.taken * state.write_cost;
  // Of equal ones the largest interval, which stores less: as in Python.
  const best = () => runs.reduce((found, run, i) => (cost(run) <= cost(runs[found]) ? i : found), 0);
  return { reading, writing, cost, best };
}

function rangeField(label, most, onInput) {
  const value = h("b", {});
  const input = h("input", {
    type: "range", min: "1", max: String(most), class: "es-range", "aria-label": label,
    input: () => onInput(Number(input.value)),
    keydown: (event) => event.stopPropagation(), // the notebook would take the arrows
  });
  const set = (n) => {
    input.value = n;
    value.textContent = count(n);
  };
  return { element: h("label", { class: "es-field es-wide" }, h("span", {}, label), input, value), set };
}

function drawBars(slider, colours, runs, { reading, cost, best }) {
  const drawing = startDrawing(slider.canvas);
  const { context, height } = drawing;
  const inner = slider.innerWidth();
  const highest = Math.max(1, ...runs.map(cost));
  const bottom = height - MARGIN.bottom;
  const y = (value) => bottom - (value / highest) * (bottom - MARGIN.top);
  const x = (i) => MARGIN.left + ((i + 0.5) / runs.length) * inner;
  const wide = Math.min(30, (inner / runs.length) * 0.6);
  drawAxes(drawing, colours, runs.map(({ n }, i) => [x(i), count(n)]),
    [0, highest / 2, highest].map((value) => [y(value), count(Math.round(value))]), "cost");
  runs.forEach((run, i) => {
    const [between, top] = [y(reading(run)), y(cost(run))];
    context.fillStyle = colours.fact;
    context.fillRect(x(i) - wide / 2, between, wide, bottom - between);
    context.strokeStyle = colours.other; // outlined, so that it is told apart without colour
    context.lineWidth = 1.5;
    if (between > top) context.strokeRect(x(i) - wide / 2 + 0.75, top, wide - 1.5, between - top);
  });
  context.fillStyle = colours.text;
  context.textAlign = "center";
  context.fillText("★", x(best()), y(cost(runs[best()])) - 8);
}

// The numbers of the interval that is looked at, and advice.
function costReadouts(runs, state, { reading, writing, cost, best }) {
  const shown = {
    n: readout("Snapshot every"),
    read: readout("Reading: events folded", "es-read"),
    written: readout("Writing: snapshots × cost", "es-write"),
    total: readout("Together"),
    bytes: readout("Stored, all kept"),
  };
  const advice = h("div", { class: "es-told", "aria-live": "polite" });
  const show = (run) => {
    shown.n.value.textContent = counted(run.n, "event");
    shown.read.value.textContent = count(reading(run));
    shown.written.value.textContent = count(writing(run));
    shown.total.value.textContent = count(cost(run));
    shown.bytes.value.textContent = `${count(run.bytes)} B`;
    const cheapest = runs[best()];
    const formula = Math.sqrt((2 * state.write_cost) / state.loads);
    advice.textContent = `Of the intervals tried, ${count(cheapest.n)} is the cheapest `
      + `(${count(cost(cheapest))}). The formula √(2 × write cost ÷ loads) says `
      + `${formula.toFixed(1)}.` + (run.taken ? "" : " At this interval no snapshot was taken.");
  };
  return { element: readouts(...Object.values(shown)), advice, show };
}

function render(context) {
  const { model } = context;
  const runs = unpack(model.get("packed"));
  const last = runs.length - 1;
  const state = {}; // loads and write_cost
  const indexOf = (n) => runs.findIndex((run) => run.n === n);
  let index = indexOf(model.get("n"));
  const cost = costs(runs, state);

  const frame = createFrame(context, "es-tuner");
  const { tell, tellSoon } = frame.teller(() => ({ n: runs[index].n, ...state }));
  const slider = createSlider({
    label: "A snapshot every n events", height: 220,
    onSeek: (fraction) => {
      index = Math.min(last, Math.floor(fraction * runs.length));
      repaint();
    },
    onSettle: tell,
  });
  const range = (name, label, most) =>
    rangeField(label, most, (value) => { set(name, value); tellSoon(); });
  const ranges = {
    loads: range("loads", "Loads after each event", 50),
    write_cost: range("write_cost", "Writing a snapshot costs, in events folded", 500),
  };
  const shown = costReadouts(runs, state, cost);
  const repaint = frame.painter(() => {
    const run = runs[index];
    drawBars(slider, frame.colours, runs, cost);
    slider.place((index + 0.5) / runs.length);
    shown.show(run);
    slider.describe(index, last, `every ${run.n} events: ${cost.cost(run)} in all, `
      + `${cost.reading(run)} for reading and ${cost.writing(run)} for writing`);
    Object.assign(frame.root.dataset, { n: run.n, best: runs[cost.best()].n });
  });

  function set(name, value) {
    state[name] = value;
    ranges[name].set(value);
    repaint();
  }

  function goTo(i) {
    index = clamp(i, 0, last);
    repaint();
    tell();
  }

  const [shorter, longer] = [() => goTo(index - 1), () => goTo(index + 1)];
  frame.put(frame.title, shown.element, slider.element,
    h("div", { class: "es-row" },
      button("←", "A shorter interval", shorter), button("→", "A longer interval", longer),
      button("★ Cheapest", "To the cheapest interval", () => goTo(cost.best())),
      keyLegend([["← →", "interval"], ["Home End", "shortest, longest"]])),
    h("div", { class: "es-row" }, ranges.loads.element, ranges.write_cost.element),
    shown.advice);
  onKeys(frame.root, {
    ArrowLeft: shorter, ArrowRight: longer, ArrowDown: shorter, ArrowUp: longer,
    Home: () => goTo(0), End: () => goTo(last),
  });
  frame.on({
    "change:n": () => { index = indexOf(model.get("n")); repaint(); },
    "change:loads": () => set("loads", model.get("loads")),
    "change:write_cost": () => set("write_cost", model.get("write_cost")),
  });
  for (const name of ["loads", "write_cost"]) set(name, model.get(name));
}

export default { render };
