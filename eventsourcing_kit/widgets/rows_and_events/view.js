// A row that commands overwrite, beside the events that they append; then both are asked.
// Python has sent the texts of every step and all answers; here they are only shown.

const NOBODY = "It cannot know.";

function rowPanel(steps) {
  const lost = h("span", { class: "es-muted" });
  const table = h("table", { class: "es-table" });
  const overwritten = (was) => h("s", {}, was);

  function rows(before, after) {
    if (!after) {
      const gone = (before ?? []).map(([name, was]) =>
        tr(name, h("td", { class: "es-changed" }, overwritten(was))));
      return [h("tr", {}, h("td", {}, before ? "deleted" : "no row yet")), ...gone];
    }
    const values = new Map(before ?? []);
    return after.map(([name, is]) => tr(name, (values.get(name) ?? is) === is
      ? td(is)
      : h("td", { dir: "auto", class: "es-changed" },
        overwritten(values.get(name)), " → ", h("b", {}, is))));
  }

  const show = (step) => {
    lost.textContent = `${counted(steps[step].overwritten, "value")} overwritten so far`;
    table.replaceChildren(...rows(step ? steps[step - 1].row : null, steps[step].row));
  };
  return { element: panel("The row", h("h4", {}, "One row ", lost), table), show };
}

function eventPanel({ steps, events }, goTo) {
  const kept = h("span", { class: "es-muted" });
  const stepOf = (number) => steps.findIndex((one) => one.events >= number);
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
  const box = panel("Events", h("h4", {}, "Events ", kept), list);

  const show = (step, answer) => {
    const first = step ? steps[step - 1].events : 0;
    const { events: until } = steps[step];
    const marks = new Set(answer?.marks);
    kept.textContent = `${counted(until, "event")}, none overwritten`;
    entries.forEach(({ element, mark }, i) => {
      element.hidden = i >= until;
      element.classList.toggle("es-new", i >= first && i < until);
      element.classList.toggle("es-answers-it", marks.has(i));
      mark.textContent = marks.has(i) ? "◀ answers" : "";
    });
    const target = entries[marks.size ? Math.max(...marks) : until - 1]?.element;
    box.scrollTop = target ? Math.max(0, target.offsetTop - box.offsetTop - 120) : 0;
  };
  return { element: box, show };
}

function answerPanels() {
  const rowSaid = h("div", { class: "es-said", dir: "auto" });
  const rowWhy = h("div", { class: "es-muted", dir: "auto" });
  const eventsSaid = h("div", { class: "es-said", dir: "auto" });
  const eventsWhy = h("div", { class: "es-muted" });
  const element = h("div", { class: "es-panels es-answers", "aria-live": "polite" },
    panel("What the row answers", h("h4", {}, "The row answers"), rowSaid, rowWhy),
    panel("What the events answer", h("h4", {}, "The events answer"), eventsSaid, eventsWhy));
  const show = (answer) => {
    for (const [said, text] of [[rowSaid, answer?.row], [eventsSaid, answer?.events]]) {
      said.textContent = answer ? text ?? NOBODY : "–";
      said.classList.toggle("es-unknown", text === null);
    }
    rowWhy.textContent = answer?.why ?? "Nothing is asked yet.";
    eventsWhy.textContent = !answer ? "Nothing is asked yet."
      : answer.marks.length ? `Marked above: ${counted(answer.marks.length, "event")}.`
        : answer.events === null ? "No event says so." : "There is no such event.";
  };
  return { element, show };
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const { steps, questions } = packed;
  const last = steps.length - 1;
  const numberOf = (text) => questions.findIndex((question) => question.text === text);
  let asked = numberOf(model.get("question")); // -1: nothing is asked

  const frame = createFrame(context, "es-beside");
  const { tellSoon } = frame.teller(() => {
    frame.say(command.textContent);
    return { step: head.index(), question: questions[asked]?.text ?? "" };
  });
  const head = createSteps(frame, {
    label: "Commands carried out", height: 62, unit: "commands", index: model.get("step"),
    total: last,
    labels: ["Before the first command", "One command back", "One command on",
      "After the last command"],
    keys: [["← →", "command"], ["Shift ← →", "ten"], ["Home End", "start, end"],
      ["Space", "play"], ...(questions.length ? [["Q", "next question"]] : [])],
    show, settled: tellSoon, nameOf: (i) => `${count(i)} · ${steps[i].command}`,
  });
  const command = h("div", { class: "es-command", dir: "auto" });
  const picker = select("Ask both", [[-1, "(choose a question)"],
    ...questions.map(({ text }, i) => [i, text])], asked, (value) => ask(Number(value)));
  const row = rowPanel(steps);
  const events = eventPanel(packed, head.goTo);
  const answers = answerPanels();
  const asking = questions.length ? [h("div", { class: "es-row" }, picker.element,
    button("Next question", "Ask the next question", askNext)), answers.element] : [];
  frame.put(frame.title, command, head.element, head.buttons,
    h("div", { class: "es-panels" }, row.element, events.element), ...asking);

  function show(step) {
    const here = steps[step];
    const answer = questions[asked]?.answers[step];
    command.textContent = step ? `Command ${count(step)} of ${count(last)}: ${here.command}`
      : `Before the first of ${counted(last, "command")}`;
    row.show(step);
    events.show(step, answer);
    answers.show(answer);
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
