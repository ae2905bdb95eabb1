// A row that commands overwrite, beside the events that they append; then both are asked.
// Python has sent the texts of every step and all answers; here they are only shown.

const NOBODY = "It cannot know.";
const GHOSTS = 4; // commands whose overwritten values are still shown
const LANE = 8; // pixels of the slider for each type of event

// The values of the row before that the row after no longer has.
function overwritten(before, after) {
  const values = new Map(after ?? []);
  return (before ?? []).filter(([name, was]) => values.get(name) !== was);
}

// What commands have overwritten, the last of it on top. It is shown, though no table holds it.
function ghostPile(steps) {
  const more = h("span", { class: "es-muted" });
  const list = h("ul", { class: "es-ghosts", "aria-label": "Overwritten, the last first" });
  const fallen = steps.map((step, i) => overwritten(i ? steps[i - 1].row : null, step.row));
  const ghost = ([name, was]) =>
    h("span", {}, h("span", { class: "es-muted" }, `${name} `), h("s", { dir: "auto" }, was));

  const show = (step, from) => {
    const by = [...fallen.keys()].filter((i) => i <= step && fallen[i].length).reverse();
    list.replaceChildren(...by.slice(0, GHOSTS).map((i) =>
      h("li", { class: i > from ? "es-falls" : null }, ...fallen[i].map(ghost))));
    const rest = by.slice(GHOSTS).reduce((sum, i) => sum + fallen[i].length, 0);
    more.textContent = rest ? `and ${counted(rest, "value")} before` : "";
  };
  return { elements: [list, more], show };
}

function rowPanel(steps, ghosts) {
  const lost = h("span", { class: "es-muted" });
  const table = h("table", { class: "es-table", "aria-label": "The row" });

  function rows(before, after) {
    const gone = new Map(overwritten(before, after));
    if (!after) {
      return [h("tr", {}, h("td", {}, before ? "deleted" : "no row yet")),
        ...[...gone].map(([name, was]) => tr(name, h("td", { class: "es-changed" }, h("s", {}, was))))];
    }
    return after.map(([name, is]) => tr(name, gone.has(name)
      ? h("td", { dir: "auto", class: "es-changed" },
        h("s", {}, gone.get(name)), " → ", h("b", {}, is))
      : td(is)));
  }

  const show = (step) => {
    lost.textContent = `${counted(steps[step].overwritten, "value")} overwritten so far`;
    table.replaceChildren(...rows(step ? steps[step - 1].row : null, steps[step].row));
  };
  return { element: panel("The row", h("h4", {}, "One row ", lost), table, ...ghosts), show };
}

function eventPanel({ steps, events }, kinds, goTo) {
  const kept = h("span", { class: "es-muted" });
  const stepOf = (number) => steps.findIndex((one) => one.events >= number);
  // Each text is isolated: one that is written from right to left turns no other around.
  const joined = (texts, between) =>
    texts.flatMap((text, i) => [i ? between : "", h("bdi", {}, text)]);
  const entries = events.map((event) => {
    const mark = h("em", {});
    const facts = event.facts.map(([name, text]) => `${name}: ${text}`);
    const rest = h("div", { class: "es-muted", hidden: "" }, ...joined(facts, ", "));
    const element = h("li", { click: () => goTo(stepOf(event.number)) },
      h("span", { class: "es-muted" }, `${count(event.number)} `), kinds.swatch(event.type),
      h("b", {}, event.type), " ", h("time", {}, event.time), " ", mark,
      h("div", {}, ...joined(event.gist, " · ")), rest);
    return { element, mark, rest };
  });
  const list = h("ol", { class: "es-facts" }, ...entries.map(({ element }) => element));
  const box = panel("Events", h("h4", {}, "Events ", kept), list);

  const show = (step, from, answer) => {
    const first = step ? steps[step - 1].events : 0;
    const { events: until } = steps[step];
    const marks = new Set(answer?.marks);
    kept.textContent = `${counted(until, "event")}, none overwritten`;
    entries.forEach(({ element, mark, rest }, i) => {
      const isNew = i >= first && i < until;
      element.hidden = i >= until;
      element.classList.toggle("es-new", isNew);
      element.classList.toggle("es-falls", isNew && from < step);
      element.classList.toggle("es-answers-it", marks.has(i));
      mark.textContent = marks.has(i) ? "◀ answers" : "";
      rest.hidden = !isNew;
    });
    const target = entries[marks.size ? Math.max(...marks) : until - 1]?.element;
    const room = box.clientHeight - (target?.offsetHeight ?? 0) - 12;
    box.scrollTop = target ? Math.max(0, target.offsetTop - box.offsetTop - room) : 0;
  };
  return { element: box, show };
}

function answerPanels() {
  const row = { said: h("b", { class: "es-said", dir: "auto" }), why: h("small", { dir: "auto" }) };
  const events = { said: h("b", { class: "es-said", dir: "auto" }), why: h("small", {}) };
  const box = (label, title, { said, why }) => panel(label, h("h4", {}, title), said, " ", why);
  const element = h("div", { class: "es-panels es-abreast es-answers", "aria-live": "polite" },
    box("What the row answers", "The row answers", row),
    box("What the events answer", "The events answer", events));
  const tell = ({ said, why }, answer, text, because) => {
    said.textContent = answer ? text ?? NOBODY : "–";
    said.classList.toggle("es-unknown", Boolean(answer) && text === null);
    why.textContent = answer ? because : "Nothing is asked yet.";
  };
  const show = (answer) => {
    tell(row, answer, answer?.row, answer?.why);
    tell(events, answer, answer?.events,
      answer?.marks.length ? `Marked below: ${counted(answer.marks.length, "event")}.`
        : answer?.events === null ? "No event up to here says so." : "There is no such event.");
  };
  return { element, show };
}

// The types of events, each with a colour and a lane of its own on the slider.
function eventKinds(events) {
  const types = [...new Set(events.map(({ type }) => type))];
  const laneOf = (type) => types.indexOf(type);
  const swatch = (type) => h("i", { class: `es-kind es-kind-${laneOf(type) % 6}` });
  const swatches = types.map(swatch);
  const legend = h("div", { class: "es-kinds", role: "group", "aria-label": "Colours of the types" },
    ...types.map((type, i) => h("span", {}, swatches[i], type)));
  const colourOf = (lane) => getComputedStyle(swatches[lane]).borderLeftColor;
  return { lanes: Math.max(1, types.length), laneOf, swatch, colourOf, legend };
}

// A tick for each event in its type's lane, or for each command where there are none; and the days.
function axisPainter(frame, { steps, events, days }, kinds) {
  const last = steps.length - 1;

  function paintDays(drawing, x, rail) {
    const { context, width } = drawing;
    context.strokeStyle = frame.colours.text;
    context.fillStyle = frame.colours.text;
    for (const { name, first, last: end } of days) {
      const [left, right] = [x(first - 0.5), x(end + 0.5)];
      context.strokeRect(left, 17.5, right - left, rail - 18);
      const half = context.measureText(name).width / 2;
      context.fillText(name, clamp((left + right) / 2, half, width - half), 9);
    }
  }

  return (drawing, x) => {
    const { context, height } = drawing;
    const rail = height - MARGIN.bottom;
    drawAxes(drawing, frame.colours, stepTicks(last, x), [[rail, "commands"]], "");
    context.lineWidth = 1.5;
    const tick = (i, lane, colour) => {
      context.strokeStyle = colour;
      context.beginPath();
      context.moveTo(x(i), rail - LANE * lane - 1);
      context.lineTo(x(i), rail - LANE * (lane + 1));
      context.stroke();
    };
    for (let i = 1; i <= last; i++) {
      const appended = events.slice(steps[i - 1].events, steps[i].events);
      if (!events.length) tick(i, 0, frame.colours.text);
      for (const { type } of appended) {
        const lane = kinds.laneOf(type);
        tick(i, lane, kinds.colourOf(lane));
      }
    }
    context.lineWidth = 1;
    paintDays(drawing, x, rail);
  };
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const { steps, questions } = packed;
  const last = steps.length - 1;
  const numberOf = (text) => questions.findIndex((question) => question.text === text);
  let asked = numberOf(model.get("question")); // -1: nothing is asked
  let shown = Infinity; // the step that was shown before

  const frame = createFrame(context, "es-beside");
  const { tellSoon } = frame.teller(() => {
    frame.say(command.textContent);
    return { step: head.index(), question: questions[asked]?.text ?? "" };
  });
  const kinds = eventKinds(packed.events);
  const head = createSteps(frame, {
    label: "Commands carried out", height: MARGIN.top + MARGIN.bottom + LANE * kinds.lanes,
    unit: "commands", index: model.get("step"), total: last,
    labels: ["Before the first command", "One command back", "One command on",
      "After the last command"],
    keys: [["← →", "command"], ["Shift ← →", "ten"], ["Home End", "start, end"],
      ["Space", "play"], ...(questions.length ? [["Q", "next question"]] : [])],
    show, settled: tellSoon, paint: axisPainter(frame, packed, kinds),
    nameOf: (step) => `${count(step)}: ${steps[step].command}`,
  });
  const command = h("div", { class: "es-command", dir: "auto" });
  const picker = select("Ask both", [[-1, "(choose a question)"],
    ...questions.map(({ text }, i) => [i, text])], asked, (value) => ask(Number(value)));
  const answers = answerPanels();
  const asking = questions.length ? [h("div", { class: "es-row" }, picker.element,
    button("Next question", "Ask the next question", askNext)), answers.element] : [];
  const ghosts = ghostPile(steps);
  const alone = !packed.events.length;
  const row = rowPanel(steps, alone ? [] : ghosts.elements);
  const events = alone ? null : eventPanel(packed, kinds, head.goTo);
  const beside = alone
    ? panel("Overwritten", h("h4", {}, "Overwritten ", h("span", { class: "es-muted" },
      "shown here, but in no table any more")), ...ghosts.elements)
    : events.element;
  frame.put(frame.title, h("div", { class: "es-row" }, command, ...(alone ? [] : [kinds.legend])),
    head.element, head.buttons,
    ...asking, h("div", { class: "es-panels es-abreast" }, row.element, beside));

  function show(step) {
    const here = steps[step];
    const answer = questions[asked]?.answers[step];
    command.textContent = step ? `Command ${count(step)} of ${count(last)}: ${here.command}`
      : `Before the first of ${counted(last, "command")}`;
    command.title = command.textContent; // where it is too long for its line
    row.show(step);
    ghosts.show(step, shown);
    events?.show(step, shown, answer);
    answers.show(answer);
    shown = step;
    Object.assign(frame.root.dataset,
      { step, asked, overwritten: here.overwritten, events: here.events });
    return command.textContent;
  }

  function ask(i) {
    asked = i;
    picker.set(i);
    head.showAgain();
    tellSoon();
  }

  function askNext() {
    if (questions.length) ask((asked + 1) % questions.length);
  }

  onKeys(frame.root, { q: askNext, Q: askNext });
  frame.on({
    "change:step": () => head.goTo(model.get("step")),
    "change:question": () => {
      const wanted = numberOf(model.get("question"));
      if (asked !== wanted) ask(wanted);
    },
  });
}

export default { render };
