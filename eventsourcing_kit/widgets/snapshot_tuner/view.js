// What reading and writing cost with a snapshot every n events, measured by Python for each n.

function render({ model, el }) {
  const runs = unpack(model.get("packed"));
  const last = runs.length - 1;
  const state = { loads: model.get("loads"), write_cost: model.get("write_cost") };
  let index = runs.findIndex(({ n }) => n === model.get("n"));

  const reading = (run) => run.replayed * state.loads;
  const writing = (run) => run.taken * state.write_cost;
  const cost = (run) => reading(run) + writing(run);
  // Of equal ones the largest interval, which stores less: as in Python.
  const best = () => runs.reduce((found, run, i) => (cost(run) <= cost(runs[found]) ? i : found), 0);

  // --- controls

  const slider = createSlider({
    label: "A snapshot every n events", height: 220,
    onSeek: (fraction) => {
      index = Math.min(last, Math.floor(fraction * runs.length));
      requestPaint();
    },
    onSettle: () => { requestPaint(); tell(); },
  });
  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);

  function range(name, label, most) {
    const value = h("b", {});
    const input = h("input", {
      type: "range", min: "1", max: String(most), class: "es-range", "aria-label": label,
      input: () => { state[name] = Number(input.value); set(); requestPaint(); tellSoon(); },
      keydown: (event) => event.stopPropagation(), // the notebook would take the arrows
    });
    const set = () => {
      input.value = state[name];
      value.textContent = count(state[name]);
    };
    set();
    const element = h("label", { class: "es-field es-wide" }, h("span", {}, label), input, value);
    return { element, set };
  }
  const loads = range("loads", "Loads after each event", 50);
  const write = range("write_cost", "Writing a snapshot costs, in events folded", 500);

  const shown = {
    n: readout("Snapshot every"),
    read: readout("Reading: events folded", "es-read"),
    written: readout("Writing: snapshots × cost", "es-write"),
    total: readout("Together"),
    bytes: readout("Stored, all kept"),
  };
  const advice = h("div", { class: "es-told", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-tuner", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-readouts" }, ...Object.values(shown).map(({ element }) => element)),
  slider.element,
  h("div", { class: "es-row" },
    button("←", "A shorter interval", () => step(-1)),
    button("→", "A longer interval", () => step(1)),
    button("★ Cheapest", "To the cheapest interval", () => goTo(best())),
    keyLegend([["← →", "interval"], ["Home End", "shortest, longest"]])),
  h("div", { class: "es-row" }, loads.element, write.element),
  advice, error);
  el.replaceChildren(root);

  function goTo(i) {
    index = Math.min(last, Math.max(0, i));
    requestPaint();
    tell();
  }
  const step = (by) => goTo(index + by);
  onKeys(root, {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    ArrowDown: () => step(-1), ArrowUp: () => step(1),
    Home: () => goTo(0), End: () => goTo(last),
  });

  // --- painting

  let frame = 0;
  function requestPaint() {
    frame ||= requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    if (slider.element.clientWidth === 0) return; // not laid out; the resize observer calls again
    const run = runs[index];
    const cheapest = best();
    drawBars(cheapest);
    slider.place((index + 0.5) / runs.length);
    shown.n.value.textContent = `${count(run.n)} event${run.n === 1 ? "" : "s"}`;
    shown.read.value.textContent = count(reading(run));
    shown.written.value.textContent = count(writing(run));
    shown.total.value.textContent = count(cost(run));
    shown.bytes.value.textContent = `${count(run.bytes)} B`;
    const formula = Math.sqrt((2 * state.write_cost) / state.loads);
    advice.textContent = `Of the intervals tried, ${count(runs[cheapest].n)} is the cheapest `
      + `(${count(cost(runs[cheapest]))}). The formula √(2 × write cost ÷ loads) says `
      + `${formula.toFixed(1)}.` + (run.taken ? "" : " At this interval no snapshot was taken.");
    slider.describe(index, last, `every ${run.n} events: ${cost(run)} in all, `
      + `${reading(run)} for reading and ${writing(run)} for writing`);
    Object.assign(root.dataset, { n: run.n, best: runs[cheapest].n });
  }

  function drawBars(cheapest) {
    const colours = readColours(root);
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
    context.fillText("★", x(cheapest), y(cost(runs[cheapest])) - 8);
  }

  let soon = 0;
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(tell, 150);
  }

  function tell() {
    clearTimeout(soon);
    try {
      model.set("n", runs[index].n);
      model.set("loads", state.loads);
      model.set("write_cost", state.write_cost);
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  const listeners = {
    "change:n": () => { index = runs.findIndex(({ n }) => n === model.get("n")); requestPaint(); },
    "change:loads": () => { state.loads = model.get("loads"); loads.set(); requestPaint(); },
    "change:write_cost": () => {
      state.write_cost = model.get("write_cost");
      write.set();
      requestPaint();
    },
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  const resized = new ResizeObserver(requestPaint);
  resized.observe(slider.element);
  const ignoreTheme = onThemeChange(root, requestPaint);
  requestPaint();

  return () => {
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
