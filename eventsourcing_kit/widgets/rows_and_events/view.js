// A row that commands overwrite, beside the events that they append; then both are asked.
// Python has sent the texts of every step and all answers; here they are only shown.

const NOBODY = "It cannot know.";

// The fields of a row with the value before, where this command changed it.
function rowFields(before, after) {
  const was = new Map(before ?? []);
  return after.map(([name, is]) =>
    ({ name, is, was: was.has(name) && was.get(name) !== is ? was.get(name) : null }));
}

function counted(n, thing) {
  return `${count(n)} ${thing}${n === 1 ? "" : "s"}`;
}

function render({ model, el }) {
  const { steps, events, questions } = unpack(model.get("packed"));
  const last = steps.length - 1;
  let step = model.get("step");
  let asked = numberOf(model.get("question")); // -1: nothing is asked
  let fraction = 0;

  function numberOf(text) {
    return questions.findIndex((question) => question.text === text);
  }

  // --- controls

  const slider = createSlider({
    label: "Commands carried out", height: 62,
    onSeek: (value) => { player.stop(); seek(value); },
    onSettle: () => settle(),
  });
  const player = createPlayer({ getFraction: () => fraction, onSeek: seek, onStop: settle });
  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);
  const picker = select("Ask both", [[-1, "(choose a question)"],
    ...questions.map(({ text }, i) => [i, text])], asked, (value) => ask(Number(value)));

  // --- panels. A box that scrolls can be focused, so that keys can scroll it.

  const panel = (label, ...children) =>
    h("section", { tabindex: "0", role: "region", "aria-label": label }, ...children);
  const command = h("div", { class: "es-command", dir: "auto" });
  const lost = h("span", { class: "es-muted" });
  const kept = h("span", { class: "es-muted" });
  const rowTable = h("table", { class: "es-table" });
  const entries = events.map((event) => {
    const mark = h("em", {});
    // Each fact is isolated: one that is written from right to left turns no other around.
    const facts = event.facts.flatMap(([name, text], i) =>
      [i ? ", " : "", h("bdi", {}, `${name}: ${text}`)]);
    const element = h("li", { click: () => goTo(stepOf(event.number)) },
      h("span", { class: "es-muted" }, `${count(event.number)} `), h("b", {}, event.type),
      " ", h("time", {}, event.time), " ", mark, h("div", {}, ...facts));
    return { element, mark };
  });
  const list = h("ol", { class: "es-facts" }, ...entries.map(({ element }) => element));
  const eventPanel = panel("Events", h("h4", {}, "Events ", kept), list);
  const rowSaid = h("div", { class: "es-said", dir: "auto" });
  const rowWhy = h("div", { class: "es-muted", dir: "auto" });
  const eventsSaid = h("div", { class: "es-said", dir: "auto" });
  const eventsWhy = h("div", { class: "es-muted" });
  const answers = h("div", { class: "es-panels es-answers", "aria-live": "polite" },
    panel("What the row answers", h("h4", {}, "The row answers"), rowSaid, rowWhy),
    panel("What the events answer", h("h4", {}, "The events answer"), eventsSaid, eventsWhy));
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const asking = questions.length ? [h("div", { class: "es-row" }, picker.element,
    button("Next question", "Ask the next question", () => askNext())), answers] : [];
  const questionKey = questions.length ? [["Q", "next question"]] : [];

  const root = h("div", {
    class: "es-widget es-beside", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  command,
  slider.element,
  h("div", { class: "es-row" },
    button("⇤", "Before the first command", () => move(-Infinity)),
    button("←", "One command back", () => move(-1)),
    player.button,
    button("→", "One command on", () => move(1)),
    button("⇥", "After the last command", () => move(Infinity)),
    player.speed,
    keyLegend([["← →", "command"], ["Shift ← →", "ten"], ["Home End", "start, end"],
      ["Space", "play"], ...questionKey])),
  h("div", { class: "es-panels" },
    panel("The row", h("h4", {}, "One row ", lost), rowTable), eventPanel),
  ...asking, error, announcement);
  el.replaceChildren(root);

  // --- moving

  const fractionOf = (i) => i / Math.max(1, last);
  const stepOf = (number) => steps.findIndex((one) => one.events >= number);

  function seek(value) {
    fraction = value;
    step = Math.round(value * last);
    requestPaint();
  }

  function goTo(i) {
    player.stop();
    step = Math.min(last, Math.max(0, i));
    settle();
  }

  function settle() {
    fraction = fractionOf(step);
    requestPaint();
    tellSoon();
  }

  function ask(i) {
    asked = i;
    picker.set(i);
    painted = null;
    requestPaint();
    tellSoon();
  }

  function askNext() {
    if (questions.length) ask((asked + 1) % questions.length);
  }

  const move = (n) => goTo(step + n);
  onKeys(slider.element, { ArrowDown: (n) => move(-n), ArrowUp: (n) => move(n) });
  onKeys(root, {
    ArrowLeft: (n) => move(-n), ArrowRight: (n) => move(n),
    Home: () => move(-Infinity), End: () => move(Infinity), " ": () => player.toggle(),
    q: askNext, Q: askNext,
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
    if (painted === step) return;
    painted = step;
    const here = steps[step];
    command.textContent = step ? `Command ${count(step)} of ${count(last)}: ${here.command}`
      : `Before the first of ${counted(last, "command")}`;
    lost.textContent = `${counted(here.overwritten, "value")} overwritten so far`;
    kept.textContent = `${counted(here.events, "event")}, none overwritten`;
    showRow();
    showEvents();
    showAnswers();
    slider.describe(step, last, command.textContent);
    Object.assign(root.dataset, { step, asked, overwritten: here.overwritten, events: here.events });
  }

  function drawAxis() {
    const drawing = startDrawing(slider.canvas);
    const colours = readColours(root);
    const { context, height } = drawing;
    const inner = slider.innerWidth();
    const x = (i) => MARGIN.left + fractionOf(i) * inner;
    const rail = height - MARGIN.bottom;
    const ticks = roundTicks(0, last, Math.max(1, Math.min(last, inner / 75)));
    drawAxes(drawing, colours, ticks.map((i) => [x(i), count(i)]), [[rail, "commands"]], "");
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let i = 1; i <= last; i++) {
      context.moveTo(x(i), rail);
      context.lineTo(x(i), rail - 9);
    }
    context.stroke();
  }

  function showRow() {
    const { row } = steps[step];
    const before = step ? steps[step - 1].row : null;
    if (!row) {
      const gone = (before ?? []).map(([name, was]) => h("tr", {},
        h("th", { scope: "row" }, name), h("td", { class: "es-changed" }, h("s", {}, was))));
      rowTable.replaceChildren(h("tr", {}, h("td", {}, before ? "deleted" : "no row yet")), ...gone);
      return;
    }
    rowTable.replaceChildren(...rowFields(before, row).map(({ name, is, was }) => h("tr", {},
      h("th", { scope: "row" }, name),
      was === null ? h("td", { dir: "auto" }, is)
        : h("td", { dir: "auto", class: "es-changed" }, h("s", {}, was), " → ", h("b", {}, is)))));
  }

  function showEvents() {
    const first = step ? steps[step - 1].events : 0;
    const { events: until } = steps[step];
    const marks = new Set(asked < 0 ? [] : questions[asked].answers[step].marks);
    entries.forEach(({ element, mark }, i) => {
      element.hidden = i >= until;
      element.classList.toggle("es-new", i >= first && i < until);
      element.classList.toggle("es-answers-it", marks.has(i));
      mark.textContent = marks.has(i) ? "◀ answers" : "";
    });
    const shown = marks.size ? Math.max(...marks) : until - 1;
    const target = entries[shown]?.element;
    eventPanel.scrollTop = target ? Math.max(0, target.offsetTop - eventPanel.offsetTop - 120) : 0;
  }

  function showAnswers() {
    const answer = asked < 0 ? null : questions[asked].answers[step];
    const show = (element, text) => {
      element.textContent = answer ? text ?? NOBODY : "–";
      element.classList.toggle("es-unknown", Boolean(answer) && text === null);
    };
    show(rowSaid, answer?.row);
    show(eventsSaid, answer?.events);
    rowWhy.textContent = answer?.why ?? "Nothing is asked yet.";
    eventsWhy.textContent = !answer ? "Nothing is asked yet."
      : answer.marks.length ? `Marked above: ${counted(answer.marks.length, "event")}.`
        : answer.events === null ? "No event says so." : "There is no such event.";
  }

  // --- Python hears of it when all is at rest

  let soon = 0;
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(() => {
      announcement.textContent = command.textContent;
      try {
        model.set("step", step);
        model.set("question", questions[asked]?.text ?? "");
        model.save_changes();
      } catch (problem) {
        console.info("The kernel is gone; the widget goes on without it.", problem);
      }
    }, 150);
  }

  const listeners = {
    "change:step": () => { if (step !== model.get("step")) goTo(model.get("step")); },
    "change:question": () => {
      const wanted = numberOf(model.get("question"));
      if (asked !== wanted) ask(wanted);
    },
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);

  const resized = new ResizeObserver(() => requestPaint(true));
  resized.observe(slider.element);
  const ignoreTheme = onThemeChange(root, () => requestPaint(true));
  fraction = fractionOf(step);
  requestPaint(true);

  return () => {
    player.stop();
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
