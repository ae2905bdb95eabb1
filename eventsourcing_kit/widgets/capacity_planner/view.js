// How large a system has to be: a slider and a field for each setting, and what follows from them.

const STOPS = 400; // of a slider

// A slider and a number field for one setting. `onInput` gets each value that can be used.
function settingField({ name, label, slider: [low, high], log, bounds, whole }, onInput) {
  const fits = (value) => Number.isFinite(value) && value >= bounds[0] && value <= bounds[1]
    && (!whole || Number.isInteger(value));
  const twoDigits = (value) => Number(value.toPrecision(2));
  const valueAt = (stop) => {
    const value = log ? low * (high / low) ** (stop / STOPS) : low + (high - low) * (stop / STOPS);
    return whole ? Math.round(twoDigits(value)) : twoDigits(value);
  };
  const stopOf = (value) => {
    const inside = clamp(value, low, high);
    const part = log ? Math.log(inside / low) / Math.log(high / low) : (inside - low) / (high - low);
    return Math.round(STOPS * part);
  };
  // The notebook would take the arrows. A step that the rounding swallows goes on to the next value.
  const range = h("input", {
    type: "range", min: 0, max: STOPS, class: "es-range", "aria-label": `${label}, slider`,
    keydown: (event) => event.stopPropagation(),
    input: () => {
      let stop = Number(range.value);
      const way = Math.sign(stop - stopOf(current));
      while (way && valueAt(stop) === current && stop > 0 && stop < STOPS) stop += way;
      onInput(name, valueAt(stop));
    },
  });
  const field = h("input", {
    type: "number", min: bounds[0], max: bounds[1], step: "any", class: "es-number-field",
    "aria-label": label, keydown: (event) => event.stopPropagation(),
    input: () => {
      const good = field.value !== "" && fits(Number(field.value));
      field.setAttribute("aria-invalid", String(!good));
      if (good) onInput(name, Number(field.value));
    },
    change: () => set(current), // what cannot be used makes way
  });
  let current;
  const set = (value) => {
    if (Number(field.value) !== value || field.value === "") field.value = value;
    field.setAttribute("aria-invalid", "false");
    current = value;
    range.value = stopOf(value);
    range.setAttribute("aria-valuetext", count(value));
  };
  return { element: h("div", { class: "es-setting" }, h("span", {}, label), range, field), set };
}

// --- the lag after an outage, of the hottest partition and of one of the others ------------------

function lagCurves(system, { hottest_per_s: hottest, catch_up_s: caughtUp }) {
  const { outage_s: outage, folds_per_s: folds, partitions, events_per_s: rate } = system;
  const shown = caughtUp === Infinity ? 2 * outage : caughtUp;
  const end = outage + Math.max(Math.min(shown, 20 * outage), outage / 10, 1);
  const rates = partitions > 1 ? [hottest, (rate - hottest) / (partitions - 1)] : [hottest];
  const curves = rates.map((arriving) => {
    const caught = Math.min(end, outage + catchUp(arriving, folds, outage));
    return [0, outage, caught, end].map((at) => [at, lagAt(arriving, folds, outage, at)]);
  });
  return { end, outage, curves };
}

function drawLag(canvas, colours, { end, outage, curves }) {
  const drawing = startDrawing(canvas);
  const { context, width, height } = drawing;
  const bottom = height - MARGIN.bottom;
  const highest = Math.max(1, ...curves.flat().map(([, events]) => events));
  const x = (at) => MARGIN.left + (at / end) * (width - MARGIN.left - MARGIN.right);
  const y = (events) => bottom - (events / highest) * (bottom - MARGIN.top);
  const [unit, size] = unitOfTime(end);
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  drawAxes(drawing, colours,
    roundTicks(0, end / size, Math.max(2, width / 110)).map((at) => [x(at * size), `${count(at)} ${unit}`]),
    roundTicks(0, highest, 4).map((events) => [y(events), short.format(events)]), "lag, events");
  context.strokeStyle = colours.muted;
  context.beginPath();
  context.moveTo(x(outage), MARGIN.top - 6);
  context.lineTo(x(outage), bottom);
  context.stroke();
  const late = x(outage) > width / 2;
  context.textAlign = late ? "right" : "left";
  context.fillText("readers are back", x(outage) + (late ? -6 : 6), MARGIN.top - 8);
  context.lineWidth = 2;
  curves.forEach((points, i) => {
    context.strokeStyle = i ? colours.other : colours.fact;
    context.setLineDash(i ? [5, 4] : []);
    context.beginPath();
    for (const [at, events] of points) context.lineTo(x(at), y(events));
    context.stroke();
  });
  context.setLineDash([]);
}

function results() {
  const shown = {
    year: readout("Stored a year"),
    kept: readout("Kept"),
    stream: readout("Busiest stream alone"),
    hottest: readout("Hottest partition", "es-fact"),
    others: readout("Each of the others", "es-other"),
    lag: readout("Lag after the outage"),
    caught: readout("Caught up in"),
    replay: readout("A replay takes"),
  };
  const show = ({ partitions }, numbers) => {
    const texts = {
      year: bytesText(numbers.bytes_a_year),
      kept: bytesText(numbers.bytes_kept),
      stream: percentText(numbers.hottest_stream),
      hottest: percentText(numbers.hottest),
      others: partitions > 1 ? percentText((1 - numbers.hottest) / (partitions - 1)) : "none",
      lag: count(Math.round(numbers.lag_events)),
      caught: durationText(numbers.catch_up_s),
      replay: durationText(numbers.replay_s),
    };
    for (const [name, text] of Object.entries(texts)) shown[name].value.textContent = text;
  };
  return { element: readouts(...Object.values(shown)), show };
}

function render(context) {
  const { model } = context;
  const state = { ...model.get("settings") };
  const frame = createFrame(context, "es-planner");
  const { tell, tellSoon } = frame.teller(() => ({ settings: { ...state } }));
  const fields = unpack(model.get("packed"));
  const settings = Object.fromEntries(fields.map((field) =>
    [field.name, settingField(field, (name, value) => { set(name, value); tellSoon(); })]));
  const shown = results();
  const canvas = h("canvas", { class: "es-lag", role: "img" });
  const rule = h("div", { class: "es-rule", role: "status" });
  const fewest = button("Use the fewest partitions", null, () => {
    set("partitions", capacityNumbers(state).partitions_needed);
    tell();
  });
  const repaint = frame.painter(() => {
    const numbers = capacityNumbers(state);
    shown.show(state, numbers);
    drawLag(canvas, frame.colours, lagCurves(state, numbers));
    canvas.setAttribute("aria-label", "Lag of the hottest partition's reader: up to "
      + `${count(Math.round(numbers.hottest_per_s * state.outage_s))} events after `
      + `${durationText(state.outage_s)}; caught up in ${durationText(numbers.catch_up_s)}`);
    rule.textContent = ruleText(state, numbers);
    rule.classList.toggle("es-broken", !numbers.holds);
    fewest.disabled = numbers.partitions_needed === null
      || numbers.partitions_needed === state.partitions;
    Object.assign(frame.root.dataset,
      { partitions: state.partitions, needed: numbers.partitions_needed, holds: numbers.holds });
  });

  function set(name, value) {
    state[name] = value;
    settings[name].set(value);
    repaint();
  }

  frame.put(frame.title,
    h("div", { class: "es-settings" }, ...Object.values(settings).map(({ element }) => element)),
    shown.element, canvas, h("div", { class: "es-row" }, rule, fewest));
  const follow = () => {
    for (const [name, value] of Object.entries(model.get("settings"))) set(name, value);
  };
  frame.on({ "change:settings": follow });
  follow();
}

export default { render };
