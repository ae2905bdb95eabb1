// A fold, one event at a time: the events, the state before and after, the lines of evolve that
// ran. Python has folded once and sent every step; here they are only shown.

const NONE = "–"; // the value of a field that is not there

// Each field with its value before and after.
function fieldRows(before, after) {
  const [was, is] = [new Map(before), new Map(after)];
  return [...new Set([...was.keys(), ...is.keys()])].map((name) =>
    ({ name, was: was.get(name) ?? NONE, is: is.get(name) ?? NONE }));
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

function eventPanel(events, goTo) {
  const rows = events.map(([type, data], i) => h("li", { click: () => goTo(i + 1) },
    h("span", { class: "es-gutter", "aria-hidden": "true" }),
    h("span", { class: "es-muted es-at" }, count(i + 1)), h("b", {}, type), " ",
    h("span", { dir: "auto" }, data)));
  const element = panel("Events", h("h4", {}, "Events"), h("ol", { class: "es-steps" }, ...rows));
  const show = (index) => {
    rows.forEach((row, i) => {
      const now = i + 1 === index;
      row.className = now ? "es-now" : i >= index ? "es-muted" : "";
      row.firstChild.textContent = now ? "▸" : "";
      if (now) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    bringIntoView(element, rows[Math.max(0, index - 1)]);
  };
  return { element, show };
}

function statePanel({ name, left }) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table", "aria-label": "The state" });
  const remark = h("div", { class: "es-remark" });
  const changed = (text) =>
    h("td", { class: "es-changed", dir: "auto" }, h("b", {}, text), h("i", {}, " changed"));

  function rows(before, now) {
    if (!now) return before.map(([field, value]) => tr(field, td(value)));
    const fields = fieldRows(before, now.state).map(({ name: field, was, is }) =>
      tr(field, td(was), now.raised ? td(NONE) : was === is ? td(is) : changed(is)));
    return [heads("field", "before", "after"), ...fields];
  }

  const show = (index, before, now) => {
    title.textContent = now ? `State before and after event ${count(index)}`
      : "State before any event";
    table.replaceChildren(...rows(before, now));
    remark.textContent = !now ? "" : now.raised
      ? `${name} raised ${now.raised}. The fold stops here; events not reached: ${count(left.length)}.`
      : now.mutated ? `${name} changed the state that it was given, instead of making a new one.`
        : "";
  };
  return { element: panel("State", title, remark, table), show };
}

function codePanel({ name, source }) {
  const marks = source.map(() => h("span", { class: "es-gutter" }));
  const lines = source.map((line, i) =>
    h("div", {}, marks[i], h("span", { class: "es-line" }, line || " ")));
  const legend = h("span", { class: "es-muted" }, "▸ ran, ? asked: the condition was looked at");
  const box = panel(`Source of ${name}`, ...lines);
  box.className = "es-code";
  const elements = source.length
    ? [h("div", { class: "es-row" }, h("b", {}, `${name}(state, event)`), legend), box]
    : [h("div", { class: "es-row es-muted" }, `The source of ${name} is not at hand.`)];
  const show = ({ asked = [], ran = [] } = {}) => {
    const [wasAsked, hasRun] = [new Set(asked), new Set(ran)];
    lines.forEach((line, i) => {
      line.className = hasRun.has(i) ? "es-ran" : wasAsked.has(i) ? "es-asked" : "";
      marks[i].textContent = hasRun.has(i) ? "▸" : wasAsked.has(i) ? "?" : "";
    });
    if (ran.length) {
      bringIntoView(box, lines[ran[ran.length - 1]]);
      bringIntoView(box, lines[ran[0]]);
    }
  };
  return { elements, show };
}

// A button that asks Python to fold anew, with the function as it stands now.
function againButton({ model, tell }, fold, told) {
  const ask = () => {
    const heard = tell({ again: model.get("again") + 1 });
    told.textContent = heard ? "" : "The kernel is gone; this is what it traced last.";
  };
  return button("Trace again", `Fold anew, with ${fold.name} as it is now`, ask);
}

function render(context) {
  const { model } = context;
  let fold = unpack(model.get("packed"));
  const events = [...fold.steps.map(({ type, data }) => [type, data]), ...fold.left];
  const total = events.length;
  const frame = createFrame(context, "es-fold");
  const { tellSoon } = frame.teller(() => {
    frame.say(said(head.index()));
    return { index: head.index() };
  });
  const head = createSteps(frame, {
    label: "Events folded", height: 66, unit: "events", index: model.get("index"), total,
    last: fold.steps.length, // a fold that raised leaves events behind it
    labels: ["To the start", "One event back", "One event on", "To the end"],
    keys: [["← →", "event"], ["Home End", "start, end"], ["Space", "play"]],
    each: 0.9, show, settled: tellSoon, nameOf: (index) => `${count(index)}: ${events[index - 1][0]}`,
  });
  const shownEvents = eventPanel(events, head.goTo);
  const state = h("div", { class: "es-panels es-abreast" });
  const code = h("div", {});
  const told = h("div", { class: "es-status", role: "status" });
  let shownState;
  let shownCode;

  function build() {
    shownState = statePanel(fold);
    shownCode = codePanel(fold);
    state.replaceChildren(shownEvents.element, shownState.element);
    code.replaceChildren(...shownCode.elements);
  }

  build();
  if (fold.by_name) head.buttons.append(againButton(frame, fold, told));
  frame.put(frame.title, head.element, head.buttons, state, code, told);
  frame.on({
    "change:index": () => head.goTo(model.get("index")),
    "change:packed": () => {
      fold = unpack(model.get("packed"));
      build();
      head.grow(total, fold.steps.length);
      head.showAgain();
      if (head.index() > fold.steps.length) head.goTo(fold.steps.length);
      told.textContent = `${fold.name} was traced again.`;
    },
  });

  const before = (index) => (index > 1 ? fold.steps[index - 2].state : fold.opening);

  function show(index) {
    const now = fold.steps[index - 1];
    shownEvents.show(index);
    shownState.show(index, before(index), now);
    shownCode.show(now);
    frame.root.dataset.index = index;
    return said(index);
  }

  function said(index) {
    const now = fold.steps[index - 1];
    if (!now) return `before the first of ${total} events`;
    const changes = fieldRows(before(index), now.state).filter(({ was, is }) => was !== is)
      .map(({ name, was, is }) => `${name} from ${was} to ${is}`);
    const result = now.raised ? `raised ${now.raised}` : changes.join(", ") || "nothing changed";
    return `event ${index} of ${total}, ${now.type}: ${result}`;
  }
}

export default { render };
