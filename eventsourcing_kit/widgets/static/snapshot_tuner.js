// What a snapshot every n events costs: the counts come from Python, once; the costs are made here.

const STEPS = [0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000];

const costText = (value) => new Intl.NumberFormat("en", {
  minimumFractionDigits: 1, maximumFractionDigits: 1,
}).format(value);
const counted = (n, thing) => `${count(n)} ${thing}${n === 1 ? "" : "s"}`;

// A labelled range over round numbers, and over the value that Python has given.
function priceSlider(label, unit, least, onInput, onRest) {
  let values = [];
  const shown = h("b", { class: "es-price" });
  const range = h("input", {
    type: "range", class: "es-range", min: 0, step: 1,
    input: () => { say(); onInput(value()); }, change: () => onRest(),
  });
  const value = () => values[Number(range.value)];
  const say = () => {
    shown.textContent = count(value());
    range.setAttribute("aria-valuetext", `${count(value())} ${unit}`);
  };
  const set = (wanted) => {
    values = [...new Set([...STEPS, wanted])].filter((one) => one >= least).sort((a, b) => a - b);
    range.max = values.length - 1;
    range.value = values.indexOf(wanted);
    say();
  };
  return { element: h("label", { class: "es-field" }, h("span", {}, label), range, shown), set };
}

function render({ model, el }) {
  const { runs, without } = unpack(model.get("packed"));
  const last = runs.length - 1;
  const widest = Math.log(runs[last].n) || 1;
  const place = (n) => Math.log(Math.max(1, n)) / widest; // of an n on the slider, 0 to 1
  const prices = {};
  let index = 0;

  // --- costs, in events for each appended event

  const reading = (run) =>
    prices.loads * ((run.n === null ? 0 : prices.read_cost) + run.replayed / run.appends);
  const writing = (run) => prices.write_cost * run.written / run.appends;
  const total = (run) => reading(run) + writing(run);
  const best = () => runs.reduce((least, run) => (total(run) < total(least) ? run : least));
  const byFormula = () => Math.max(1, Math.sqrt(2 * prices.write_cost / prices.loads));

  // --- controls

  const slider = createSlider({
    label: "A snapshot every n events", height: 270,
    onSeek: (fraction) => { index = nearest(fraction); requestPaint(); },
    onSettle: () => tell(),
  });
  const price = (name, label, unit, least) => priceSlider(label, unit, least,
    (value) => { prices[name] = value; requestPaint(true); }, () => tell());
  const sliders = {
    loads: price("loads", "loads for each appended event", "loads", 1),
    read_cost: price("read_cost", "reading a snapshot costs", "events", 0),
    write_cost: price("write_cost", "writing a snapshot costs", "events", 0),
  };
  const every = readout("a snapshot every");
  const parts = {
    reading: readout("reading", "es-reading"), writing: readout("writing", "es-other"),
    total: readout("total", "es-total"), none: readout("without snapshots", "es-none"),
  };
  const storage = readout("snapshots in the run");
  const verdict = h("div", { class: "es-said" });
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);
  const root = h("div", {
    class: "es-widget es-tuner", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-muted" }, `Counted while one stream grew by ${counted(runs[0].appends, "event")}. `
    + "Costs are for each appended event; one event, read and folded, costs 1."),
  h("div", { class: "es-prices" }, ...Object.values(sliders).map((one) => one.element)),
  h("div", { class: "es-readouts" }, every.element,
    ...Object.values(parts).map((one) => one.element), storage.element),
  slider.element,
  h("div", { class: "es-row" },
    button("←", "A smaller n", () => step(-1)), button("→", "A larger n", () => step(1)),
    button("Cheapest n", "Go to the n that costs least", () => { index = runs.indexOf(best()); rest(); }),
    keyLegend([["← →", "n"], ["Home End", "first, last n"]])),
  verdict, error, announcement);
  el.replaceChildren(root);

  // --- moving

  function nearest(fraction) {
    let found = 0;
    runs.forEach((run, i) => {
      const closer = Math.abs(place(run.n) - fraction) < Math.abs(place(runs[found].n) - fraction);
      if (closer) found = i;
    });
    return found;
  }

  function rest() {
    requestPaint();
    tellSoon();
  }

  function step(by) {
    index = Math.min(last, Math.max(0, index + by));
    rest();
  }

  onKeys(slider.element, { ArrowDown: (n) => step(-n), ArrowUp: (n) => step(n) });
  onKeys(root, {
    ArrowLeft: (n) => step(-n), ArrowRight: (n) => step(n),
    Home: () => step(-Infinity), End: () => step(Infinity),
  });

  // --- painting

  let frame = 0;
  let curvesAreOld = true;

  function requestPaint(redrawCurves = false) {
    curvesAreOld ||= redrawCurves;
    frame ||= requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    if (slider.element.clientWidth === 0) return; // not laid out; the resize observer calls again
    if (curvesAreOld) drawCurves();
    curvesAreOld = false;
    const run = runs[index];
    slider.place(place(run.n));
    every.value.textContent = counted(run.n, "event");
    parts.reading.value.textContent = costText(reading(run));
    parts.writing.value.textContent = costText(writing(run));
    parts.total.value.textContent = costText(total(run));
    parts.none.value.textContent = without ? costText(total(without)) : "not measured";
    storage.value.textContent = `${count(run.written)}, ${count(run.bytes)} bytes`;
    verdict.textContent = judged();
    slider.describe(run.n, runs[last].n, said());
    slider.element.setAttribute("aria-valuemin", runs[0].n);
    root.dataset.n = run.n;
    root.dataset.best = best().n;
  }

  function judged() {
    const least = best();
    const cheapest = `Cheapest is n = ${count(least.n)} with ${costText(total(least))}; `
      + `√(2 · write ÷ loads) = ${costText(byFormula())}.`;
    if (!without) return cheapest;
    return total(without) <= total(least)
      ? `Take none: without snapshots it costs ${costText(total(without))}. ${cheapest}`
      : `${cheapest} Without snapshots it costs ${costText(total(without))}.`;
  }

  function said() {
    const run = runs[index];
    return `n ${run.n}: reading ${costText(reading(run))}, writing ${costText(writing(run))}, `
      + `total ${costText(total(run))}`;
  }

  // Both axes are logarithmic: half and double are equally far.
  function drawCurves() {
    const colours = readColours(root);
    const drawing = startDrawing(slider.canvas);
    const { context, height, width } = drawing;
    const x = (n) => MARGIN.left + place(n) * slider.innerWidth();
    const none = without ? total(without) : 0;
    const costs = [...runs.flatMap((run) => [reading(run), writing(run), total(run)]), none]
      .filter((cost) => cost > 0).map(Math.log10);
    const low = costs.length ? Math.min(...costs) : 0;
    const high = Math.max(low + 1, ...costs);
    const [top, bottom] = [MARGIN.top + 6, height - MARGIN.bottom];
    const y = (cost) => bottom - (bottom - top) * (Math.log10(cost) - low) / (high - low);

    const levels = [];
    for (let power = Math.floor(low); power <= high; power++) {
      for (const digit of high - low < 3 ? [1, 2, 5] : [1]) {
        const cost = digit * 10 ** power;
        const logarithm = Math.log10(cost);
        if (logarithm >= low && logarithm <= high) {
          levels.push([y(cost), new Intl.NumberFormat("en").format(cost)]);
        }
      }
    }
    let right = -Infinity;
    const ticks = runs.map(({ n }) => {
      const room = x(n) - right > 26;
      if (room) right = x(n);
      return [x(n), room ? count(n) : ""];
    });
    drawAxes(drawing, colours, ticks, levels, "cost");

    const curve = (cost, colour, thick, dash = []) => {
      context.strokeStyle = colour;
      context.lineWidth = thick;
      context.setLineDash(dash);
      context.beginPath();
      runs.filter((run) => cost(run) > 0).forEach((run) => context.lineTo(x(run.n), y(cost(run))));
      context.stroke();
      context.setLineDash([]);
    };
    const straight = (x1, y1, x2, y2, dash) => {
      context.strokeStyle = colours.muted;
      context.lineWidth = 1.2;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
      context.setLineDash([]);
    };
    const label = (text, at, height_, colour) => {
      const end = at > width - 120;
      context.fillStyle = colour;
      context.textAlign = end ? "right" : "left";
      context.fillText(text, at + (end ? -9 : 9), height_);
    };
    const formula = byFormula();
    if (formula <= runs[last].n) {
      straight(x(formula), top, x(formula), bottom, [6, 4]);
      label(`formula: ${costText(formula)}`, x(formula), top + 2, colours.muted);
    } else {
      label(`formula: ${costText(formula)} →`, width - MARGIN.right, top - 10, colours.muted);
    }
    if (none) straight(MARGIN.left, y(none), width - MARGIN.right, y(none), [2, 3]);
    curve(reading, colours.fact, 2);
    curve(writing, colours.other, 2, [6, 4]);
    curve(total, colours.text, 3);
    const least = best();
    if (total(least) > 0) {
      context.lineWidth = 2;
      context.strokeStyle = colours.text;
      context.beginPath();
      context.arc(x(least.n), y(total(least)), 6, 0, 2 * Math.PI);
      context.stroke();
      label(`least: n = ${count(least.n)}`, x(least.n), y(total(least)) - 12, colours.text);
    }
  }

  // --- Python hears of it when a slider rests; without a kernel nobody does, and all goes on

  let soon = 0;
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(tell, 150);
  }

  function tell() {
    clearTimeout(soon);
    announcement.textContent = `${said()}. ${judged()}`;
    try {
      model.set({ n: runs[index].n, ...prices });
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  // --- Python moves it

  function takeAll() {
    index = Math.max(0, runs.findIndex((run) => run.n === model.get("n")));
    for (const [name, one] of Object.entries(sliders)) {
      if (prices[name] === model.get(name)) continue;
      prices[name] = model.get(name);
      one.set(prices[name]);
    }
    requestPaint(true);
  }

  const listeners = Object.fromEntries(
    ["n", ...Object.keys(sliders)].map((name) => [`change:${name}`, takeAll]));
  listeners["change:error"] = () => { error.textContent = model.get("error"); };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);

  const resized = new ResizeObserver(() => requestPaint(true));
  resized.observe(slider.element);
  const ignoreTheme = onThemeChange(root, () => requestPaint(true));
  takeAll();

  return () => {
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
  };
}

export default { render };
