// A fold, one event at a time: the events, the state before and after, the lines of evolve that
// ran. Python has folded once and sent every step; here they are only shown.

const NONE = "–"; // the value of a field that is not there

// Each field with its value before and after.
function fieldRows(before, after) {
  const [was, is] = [new Map(before), new Map(after)];
  return [...new Set([...was.keys(), ...is.keys()])].map((name) =>
    ({ name, was: was.get(name) ?? NONE, is: is.get(name) ?? NONE }));
}

function render({ model, el }) {
  const { name, source, opening, steps, left } = unpack(model.get("packed"));
  const last = steps.length; // where the head can go; a fold that raised leaves events behind it
  const events = [...steps.map(({ type, data }) => [type, data]), ...left];
  const total = events.length;
  let index = model.get("index");
  let fraction = 0;

  // --- controls

  const slider = createSlider({
    label: "Events folded", height: 66,
    onSeek: (value) => { player.stop(); seek(value); },
    onSettle: () => settle(),
  });
  const player = createPlayer({
    // Where the fold ends early there is nothing more to play: begin again.
    getFraction: () => (index === last ? 1 : fraction), onSeek: seek, onStop: settle,
  });
  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);

  // --- panels. A box that scrolls can be focused, so that keys can scroll it.

  const panel = (label, ...children) =>
    h("section", { tabindex: "0", role: "region", "aria-label": label }, ...children);
  const eventRows = events.map(([type, data], i) => h("li", { click: () => { goTo(i + 1); tell(); } },
    h("span", { class: "es-gutter", "aria-hidden": "true" }),
    h("span", { class: "es-muted es-at" }, count(i + 1)), h("b", {}, type), " ",
    h("span", { dir: "auto" }, data)));
  const eventList = h("ol", { class: "es-steps" }, ...eventRows);
  const eventPanel = panel("Events", h("h4", {}, "Events"), eventList);
  const stateTitle = h("h4", {});
  const stateTable = h("table", { class: "es-table" });
  const remark = h("div", { class: "es-remark" });
  const statePanel = panel("State", stateTitle, stateTable, remark);

  const codeMarks = source.map(() => h("span", { class: "es-gutter" }));
  const codeLines = source.map((line, i) =>
    h("div", {}, codeMarks[i], h("span", { class: "es-line" }, line || " ")));
  const legend = h("span", { class: "es-muted" }, "▸ ran, ? asked: the condition was looked at");
  const codePanel = panel(`Source of ${name}`, ...codeLines);
  const code = source.length
    ? [h("div", { class: "es-row" }, h("b", {}, `${name}(state, event)`), legend), codePanel]
    : [h("div", { class: "es-row es-muted" }, `The source of ${name} is not at hand.`)];
  codePanel.className = "es-code";

  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-fold", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  slider.element,
  h("div", { class: "es-row" },
    button("⇤", "To the start", () => step(-Infinity)),
    button("←", "One event back", () => step(-1)),
    player.button,
    button("→", "One event on", () => step(1)),
    button("⇥", "To the end", () => step(Infinity)),
    player.speed,
    keyLegend([["← →", "event"], ["Home End", "start, end"], ["Space", "play"]])),
  h("div", { class: "es-panels" }, eventPanel, statePanel),
  ...code, error, announcement);
  el.replaceChildren(root);

  // --- moving

  const fractionOf = (i) => i / Math.max(1, total);
  const within = (i) => Math.min(last, Math.max(0, i));

  function seek(value) {
    fraction = Math.min(value, fractionOf(last));
    index = within(Math.round(value * total));
    requestPaint();
  }

  function goTo(i) {
    player.stop();
    index = within(i);
    settle();
  }

  function settle() {
    fraction = fractionOf(index);
    requestPaint();
    tellSoon();
  }

  const step = (n) => goTo(index + n);
  onKeys(slider.element, { ArrowDown: (n) => step(-n), ArrowUp: (n) => step(n) });
  onKeys(root, {
    ArrowLeft: (n) => step(-n), ArrowRight: (n) => step(n),
    Home: () => step(-Infinity), End: () => step(Infinity), " ": () => player.toggle(),
  });

  // --- painting: once a frame at most, and only what has changed

  let frame = 0;
  let axisIsOld = true;
  let painted = null; // the step that the panels show

  function requestPaint(redrawAxis = false) {
    axisIsOld ||= redrawAxis;
    frame ||= requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    if (slider.element.clientWidth === 0) return; // not laid out; the resize observer calls again
    if (axisIsOld) drawAxis();
    axisIsOld = false;
    slider.place(fraction);
    if (painted === index) return;
    painted = index;
    showEvents();
    showState();
    showCode();
    slider.describe(index, last, said());
    root.dataset.index = index;
  }

  function drawAxis() {
    const colours = readColours(root);
    const drawing = startDrawing(slider.canvas);
    const { context, height } = drawing;
    const inner = slider.innerWidth();
    const x = (i) => MARGIN.left + fractionOf(i) * inner;
    const rail = height - MARGIN.bottom;
    const ticks = roundTicks(0, total, Math.max(1, Math.min(total, inner / 75)));
    drawAxes(drawing, colours, ticks.map((i) => [x(i), count(i)]), [[rail, "events"]], "");
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let i = 1; i <= last; i++) {
      context.moveTo(x(i), rail);
      context.lineTo(x(i), rail - 9);
    }
    context.stroke();
  }

  function showEvents() {
    eventRows.forEach((row, i) => {
      const now = i + 1 === index;
      row.className = now ? "es-now" : i >= index ? "es-muted" : "";
      row.firstChild.textContent = now ? "▸" : "";
      if (now) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    bringIntoView(eventPanel, eventRows[Math.max(0, index - 1)]);
  }

  // Scrolls the panel, and never the page.
  function bringIntoView(box, row, room = 30) {
    if (!row) return;
    const top = row.offsetTop - box.offsetTop;
    const above = top - room < box.scrollTop;
    const below = top + row.offsetHeight + room > box.scrollTop + box.clientHeight;
    if (above) box.scrollTop = top - room;
    else if (below) box.scrollTop = top + row.offsetHeight + room - box.clientHeight;
  }

  function showState() {
    const now = steps[index - 1];
    const before = index > 1 ? steps[index - 2].state : opening;
    const th = (text, scope) => h("th", { scope }, text);
    const cell = (text, style = "") => h("td", { class: style, dir: "auto" }, text);
    if (!now) {
      stateTitle.textContent = "State before any event";
      stateTable.replaceChildren(...before.map(([field, value]) =>
        h("tr", {}, th(field, "row"), cell(value))));
    } else {
      const changed = (is) =>
        h("td", { class: "es-changed", dir: "auto" }, h("b", {}, is), h("i", {}, " changed"));
      stateTitle.textContent = `State before and after event ${count(index)}`;
      stateTable.replaceChildren(
        h("tr", {}, th("field", "col"), th("before", "col"), th("after", "col")),
        ...fieldRows(before, now.state).map(({ name: field, was, is }) =>
          h("tr", {}, th(field, "row"), cell(was),
            now.raised ? cell(NONE) : was === is ? cell(is) : changed(is))));
    }
    remark.textContent = !now ? "" : now.raised
      ? `${name} raised ${now.raised}. The fold stops here; events not reached: ${count(left.length)}.`
      : now.mutated ? `${name} changed the state that it was given, instead of making a new one.`
        : "";
  }

  function showCode() {
    const { asked = [], ran = [] } = steps[index - 1] ?? {};
    const [wasAsked, hasRun] = [new Set(asked), new Set(ran)];
    codeLines.forEach((line, i) => {
      line.className = hasRun.has(i) ? "es-ran" : wasAsked.has(i) ? "es-asked" : "";
      codeMarks[i].textContent = hasRun.has(i) ? "▸" : wasAsked.has(i) ? "?" : "";
    });
    if (ran.length) {
      bringIntoView(codePanel, codeLines[ran[ran.length - 1]]);
      bringIntoView(codePanel, codeLines[ran[0]]);
    }
  }

  function said() {
    const now = steps[index - 1];
    if (!now) return `before the first of ${total} events`;
    const before = index > 1 ? steps[index - 2].state : opening;
    const changes = fieldRows(before, now.state).filter(({ was, is }) => was !== is)
      .map(({ name: field, was, is }) => `${field} from ${was} to ${is}`);
    const result = now.raised ? `raised ${now.raised}` : changes.join(", ") || "nothing changed";
    return `event ${index} of ${total}, ${now.type}: ${result}`;
  }

  // --- Python hears of it when the head rests; without a kernel nobody does, and all goes on

  let soon = 0;
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(tell, 150);
  }

  function tell() {
    clearTimeout(soon);
    announcement.textContent = said();
    try {
      model.set("index", index);
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  // --- Python moves it

  const listeners = {
    "change:index": () => {
      if (index === model.get("index")) return;
      player.stop();
      index = model.get("index");
      fraction = fractionOf(index);
      requestPaint();
    },
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);

  const resized = new ResizeObserver(() => requestPaint(true));
  resized.observe(slider.element);
  const ignoreTheme = onThemeChange(root, () => requestPaint(true));
  fraction = fractionOf(index);
  requestPaint(true);

  return () => {
    player.stop();
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
  };
}

export default { render };
