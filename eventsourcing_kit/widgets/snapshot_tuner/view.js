// What reading and writing cost with a snapshot every n events, measured by Python for each n, and
// what a formula says of it.

// What the runs cost, at so many loads and such a price of writing.
function costs(runs, state) {
  const reading = (run) => run.replayed * state.loads;
  const cost = (run) => reading(run) + writing(run);
  const writing = (run) => run.taken * state.write_cost;
  // Of equal ones the largest interval, which stores less: as in Python.
  const best = () => runs.reduce((found, run, i) => (cost(run) <= cost(runs[found]) ? i : found), 0);
  const events = Math.max(...runs.map(({ n, taken }) => n * taken)); // as many as snapshots cover
  const floor = () => state.floor * state.loads * events;
  const at = (n) => {
    const [read, write] = [(events * state.loads * (n - 1)) / 2, (events * state.write_cost) / n];
    return { n, read, write, sum: read + write };
  };
  const curve = (low, high, points) => Array.from({ length: points + 1 }, (_, i) =>
    at(low * (high / low) ** (i / points)));
  const root = () => Math.sqrt((2 * state.write_cost) / state.loads);
  return { reading, writing, cost, best, events, floor, formula: { curve, root } };
}

function rangeField(label, least, most, onInput) {
  const value = h("b", {});
  const input = h("input", {
    type: "range", min: String(least), max: String(most), class: "es-range", "aria-label": label,
    input: () => onInput(Number(input.value)),
    keydown: (event) => event.stopPropagation(), // the notebook would take the arrows
  });
  const set = (n) => {
    input.value = n;
    value.textContent = count(n);
  };
  return { element: h("label", {}, h("span", {}, label, " ", value), input), set };
}

const TOGETHER = "Together, in events folded";

// The numbers of the interval that is looked at, and advice.
function costReadouts(runs, { reading, writing, cost, best, floor, formula }) {
  const shown = {
    n: readout("Snapshot every"),
    read: readout("Reading, r(n − 1)/2 each", "es-read"),
    written: readout("Writing, w/n each", "es-write"),
    total: readout(TOGETHER, "es-sum-of"),
    bytes: readout("Stored, all kept"),
  };
  const advice = h("div", { class: "es-told", "aria-live": "polite" });
  const show = (run) => {
    shown.n.value.textContent = counted(run.n, "event");
    shown.read.value.textContent = count(reading(run));
    shown.written.value.textContent = count(writing(run));
    shown.total.name.textContent = floor() ? `${TOGETHER}, without the floor` : TOGETHER;
    shown.total.value.textContent = count(cost(run));
    shown.bytes.value.textContent = `${count(run.bytes)} B`;
    const cheapest = runs[best()];
    advice.textContent = `Of the intervals tried, ${count(cheapest.n)} is the cheapest `
      + `(${count(cost(cheapest))}). The formula √(2 × write cost ÷ loads) says `
      + `${formula.root().toFixed(1)}.` + (run.taken ? "" : " At this interval no snapshot was taken.")
      + (floor() ? ` At every interval the floor adds ${count(floor())}.` : "");
  };
  return { element: readouts(...Object.values(shown)), advice, show };
}

const SETTINGS = {
  loads: ["r: loads after each event", 1, 50],
  write_cost: ["w: to write a snapshot, in events", 1, 500],
  floor: ["Floor: to read a snapshot, in events", 0, 500],
};

function render(context) {
  const { model } = context;
  const runs = unpack(model.get("packed"));
  const last = runs.length - 1;
  const state = {};
  const indexOf = (n) => runs.findIndex((run) => run.n === n);
  let index = indexOf(model.get("n"));
  const cost = costs(runs, state);
  const scale = intervalScale(runs);

  const frame = createFrame(context, "es-tuner");
  const { tell, tellSoon } = frame.teller(() => ({ n: runs[index].n, ...state }));
  const slider = createSlider({
    label: "A snapshot every n events", height: 200,
    onSeek: (fraction) => {
      index = scale.nearest(fraction);
      repaint();
    },
    onSettle: tell,
  });
  const ranges = Object.fromEntries(Object.entries(SETTINGS).map(([name, [label, least, most]]) =>
    [name, rangeField(label, least, most, (value) => { set(name, value); tellSoon(); })]));
  const shown = costReadouts(runs, cost);
  const stream = createStream();
  const repaint = frame.painter(() => {
    const run = runs[index];
    drawCosts(slider, frame.colours, runs, index, cost, scale);
    slider.place(scale.fractionOf(run.n));
    shown.show(run);
    stream.show(run.n, cost.events);
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
    h("div", { class: "es-row es-axis" },
      button("←", "A shorter interval", shorter), button("→", "A longer interval", longer),
      button("★ Cheapest", "To the cheapest interval", () => goTo(cost.best())),
      h("span", {}, "n: a snapshot every n events"),
      keyLegend([["← →", "interval"], ["Home End", "shortest, longest"]])),
    stream.element,
    h("div", { class: "es-ranges" }, ...Object.values(ranges).map(({ element }) => element)),
    shown.advice);
  onKeys(frame.root, {
    ArrowLeft: shorter, ArrowRight: longer, ArrowDown: shorter, ArrowUp: longer,
    Home: () => goTo(0), End: () => goTo(last),
  });
  frame.on({
    "change:n": () => { index = indexOf(model.get("n")); repaint(); },
    ...Object.fromEntries(Object.keys(SETTINGS).map((name) =>
      [`change:${name}`, () => set(name, model.get(name))])),
  });
  for (const name of Object.keys(SETTINGS)) set(name, model.get(name));
}

export default { render };
