// An incident: the page, the log, a prompt to ask the store; then step by step to the repair.

const STEPS = [
  ["predict", "Predict"], ["find", "Find the cause"], ["act", "Act"], ["repair", "Repair"], ["done", "Afterwards"],
];

// The prompt: a SELECT, and the first rows of what the store says.
function createPrompt(frame) {
  const tables = h("div", { class: "es-tables" });
  const dialect = h("span", { class: "es-muted" });
  const send = () => {
    result.setAttribute("aria-busy", "true");
    frame.ask({ query: field.value });
  };
  const field = sendingField("A SELECT to the store", 2, send);
  const result = h("div", { class: "es-result", tabindex: "0", role: "region", "aria-label": "What the store says", "aria-live": "polite" });
  let shown = null;
  const show = (view) => {
    if (shown === null) field.value = view.query;
    if (tables.childElementCount === 0) {
      tables.append(...view.tables.map(({ name, columns }) =>
        h("span", {}, h("code", {}, name), ` ${columns.join(", ")} `)));
      const hasData = view.tables.some(({ columns }) => columns.includes("data"));
      dialect.textContent = `DuckDB's SQL${hasData ? "; a field of the data: data.amount" : ""}`;
    }
    result.removeAttribute("aria-busy");
    const next = JSON.stringify(view.answer);
    if (next === shown) return;
    shown = next;
    result.replaceChildren(...rowsOf(view.answer));
  };
  const element = h("div", {}, tables, field,
    h("div", { class: "es-row" }, button("Ask the store", null, send),
      keyLegend([[SEND_KEY, "ask"]]), dialect), result);
  return { element, show };
}

function rowsOf({ columns, rows, more, error }) {
  if (error) return [h("div", { class: "es-refused" }, error)];
  if (!columns) return [];
  const body = rows.map((row) => h("tr", {}, ...row.map((cell) => td(cell))));
  const note = more ? "There are more." : counted(rows.length, "row");
  return [h("table", { class: "es-table" }, h("thead", {}, heads(...columns)), h("tbody", {}, ...body)),
    h("div", { class: "es-muted" }, note)];
}

// Numbered things to choose from; `choose` gets the number from 1.
function choices(label, texts, choose, { chosen = [], right = 0, notes = [] } = {}) {
  return h("ol", { class: "es-choices", "aria-label": label }, ...texts.map((text, i) => {
    const number = i + 1;
    const mark = number === right ? "✓ " : chosen.includes(number) ? "▸ " : "";
    const one = button("", null, () => choose(number), {
      "aria-pressed": String(chosen.includes(number)), disabled: choose ? null : "",
      class: number === right ? "es-is-right" : null,
    });
    one.append(`${mark}${number}  `, ...prose(text));
    return h("li", {}, one, ...(notes[i] ?? []).map((note) => h("p", { class: "es-muted" }, ...prose(note))));
  }));
}

const outcome = (view) =>
  h("p", {}, h("strong", {}, ...prose(view.causes[view.cause - 1])), `. ${view.predicted === view.cause ? "You had thought so." : "You had thought of another one."}`);

// What you think it is; and when the cause is known, what speaks for and against each.
function predictPart(view, frame) {
  const open = view.step === "predict";
  const title = open ? "What do you think it is? Say it before you look." : "What you thought it is";
  return [h("h4", {}, title), choices("Causes", view.causes, open ? (cause) => frame.ask({ predict: cause }) : null,
    { chosen: [view.predicted], right: view.cause, notes: view.speaks.map((text) => [text]) })];
}

function actPart(view, frame) {
  const notes = view.actions.map(() => []);
  for (const { number, does, tried } of view.taken) notes[number - 1] = [does, tried];
  const right = view.taken.find((one) => one.right)?.number ?? 0;
  const open = view.step === "act";
  return [h("h4", {}, "The cause"), outcome(view),
    h("p", { class: "es-muted" }, ...prose(view.speaks[view.cause - 1])),
    h("h4", {}, open ? "What do you do first?" : "The first action"),
    choices("First actions", view.actions, open ? (action) => frame.ask({ act: action }) : null,
      { chosen: view.taken.map((one) => one.number), right, notes })];
}

// What the right action did, for it is out of sight when the code comes.
function actedPart({ actions, taken }) {
  return taken.filter((one) => one.right).flatMap(({ number, tried }) => [h("h4", {}, "The first action"),
    h("p", {}, "✓ ", ...prose(actions[number - 1])), h("p", { class: "es-muted" }, tried)]);
}

// The steps, each a tab on what there is to see of it; the store can be looked at from the start.
function createRail(choose) {
  const items = STEPS.map(([name, text]) => h("button", {
    type: "button", role: "tab", click: () => choose(name), "data-step": name,
  }, text));
  const element = h("div", { class: "es-rail", role: "tablist", "aria-label": "Steps" }, ...items);
  const show = (step, chosen) => {
    const place = STEPS.findIndex(([name]) => name === step);
    items.forEach((item, i) => {
      const [name, text] = STEPS[i];
      item.textContent = `${i < place ? "✓ " : ""}${text}`;
      item.disabled = i > place && name !== "find";
      item.setAttribute("aria-selected", name === chosen);
      if (i === place) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
  };
  return { element, show };
}

// What is to be found in the store, and the field for it.
function createFinding(frame) {
  const question = h("p", { class: "es-question" });
  const say = () => frame.ask({ said: said.value });
  const said = h("input", {
    class: "es-code-field es-said", "aria-label": "Your answer",
    keydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") say();
    },
  });
  const asked = h("div", {}, h("h4", {}, "Find it in the store"), question,
    h("div", { class: "es-row" }, said, button("That is it", null, say)));
  const found = h("div", {});
  const show = (view) => {
    asked.hidden = view.step !== "find";
    question.replaceChildren(...prose(view.find));
    found.replaceChildren(...(view.cause
      ? [h("p", {}, "In the store: ", h("strong", {}, view.evidence), ", by this query:"), codeLines(view.found_by)] : []));
  };
  return { element: h("div", {}, asked, found), show };
}

// The code to repair.
function createRepair(frame, check) {
  const before = h("div", {});
  const task = h("p", { class: "es-question" });
  const fit = () => (code.rows = clamp(code.value.split("\n").length + 1, 6, 12));
  const code = sendingField("The code to repair", 12, () => check(code.value), { input: fit });
  const hint = button("Hint", null, () => frame.ask({ hint: true }));
  const told = h("p", { class: "es-hint" });
  let loaded = null; // the incident whose code was put into the field
  const show = (view) => {
    before.replaceChildren(...actedPart(view));
    task.replaceChildren(...prose(view.repair));
    if (view.code && loaded !== view.id) {
      code.value = view.code;
      fit();
      loaded = view.id;
    }
    told.replaceChildren(...(view.hint ? ["Hint: ", ...prose(view.hint)] : []));
    hint.disabled = Boolean(view.hint) || view.over;
  };
  const element = h("div", {}, before, h("h4", {}, "The code in production"), code);
  const words = h("div", {}, h("h4", {}, "Repair it"), task, told);
  const buttons = [button("Check the repair", null, () => check(code.value)), hint];
  return { element, words, buttons, keys: keyLegend([[SEND_KEY, "check"]]), show };
}

// What is known from the start: the page, the log; and in the log's place what to repair, since the
// code needs its room.
function createCall(toRepair) {
  const call = h("p", { class: "es-question" });
  const log = panel("Log");
  log.classList.add("es-code", "es-log");
  const logPart = h("div", {}, h("h4", {}, "Log"), log);
  const show = (view, chosen) => {
    call.replaceChildren(...prose(view.call));
    toRepair.hidden = chosen !== "repair";
    logPart.hidden = !toRepair.hidden;
    if (!log.childElementCount) log.append(...view.log.map((line) => h("div", {}, line)));
  };
  return { element: h("div", {}, h("h4", {}, "The page"), call, logPart, toRepair), show };
}

function verdictText({ step, said, verdict }) {
  if (verdict.text) return `${verdict.right ? "✓" : "✗"} ${verdict.text}`;
  return step === "find" && said ? `✗ Not ${said}. Ask the store again.` : "";
}

function render(context) {
  const frame = createDesk(context, "es-incident", { tabindex: "0" });
  let chosen = ""; // the step that is looked at
  let reached = "";
  const head = h("div", { class: "es-row es-head-row" });
  const rail = createRail((name) => { chosen = name; show(); });
  const prompt = createPrompt(frame);
  const finding = createFinding(frame);
  const repair = createRepair(frame, check);
  const call = createCall(repair.words);
  const parts = Object.fromEntries(STEPS.map(([name]) => [name, h("div", { role: "tabpanel" })]));
  parts.find.append(finding.element, prompt.element);
  parts.repair.append(repair.element);
  const status = h("div", { class: "es-verdict", role: "status" });
  const give = button("Show it and go on", null, () => frame.ask({ show: true }));
  const scrolled = h("div", { class: "es-parts" }, ...Object.values(parts));
  const work = h("div", { class: "es-work" }, scrolled, status,
    h("div", { class: "es-row" }, ...repair.buttons, give, repair.keys));
  frame.put(frame.title, head, rail.element, h("div", { class: "es-two" }, call.element, work));

  function check(code) {
    status.textContent = "Trying it …";
    status.classList.remove("es-right");
    frame.ask({ repair: code });
  }

  onKeys(frame.root, Object.fromEntries([1, 2, 3, 4, 5].map((number) => [String(number), () => {
    const { step, causes, actions } = frame.view();
    if (chosen !== step) return;
    if (step === "predict" && number <= causes.length) frame.ask({ predict: number });
    if (step === "act" && number <= actions.length) frame.ask({ act: number });
  }])));

  // What had the focus may be gone or hidden, and then no key would do anything.
  function keepFocus() {
    const focused = document.activeElement;
    if (!frame.root.contains(focused) || !focused.checkVisibility()) frame.root.focus();
  }

  function show() {
    const view = frame.view();
    const { step } = view;
    const isNew = step !== reached;
    const isFirst = !reached;
    if (isNew) {
      reached = chosen = step;
      scrolled.scrollTop = 0;
    }
    head.replaceChildren(h("strong", {}, view.name), h("span", { class: "es-tag" }, view.heading),
      ...(view.wrong ? [h("span", { class: "es-tag" }, view.wrong)] : []));
    rail.show(step, chosen);
    call.show(view, chosen);
    prompt.show(view);
    finding.show(view);
    repair.show(view);
    parts.predict.replaceChildren(...predictPart(view, frame));
    parts.act.replaceChildren(...(view.cause ? actPart(view, frame) : []));
    parts.done.replaceChildren(...view.after.map(block), ...view.links.map(({ url, text }) =>
      h("p", {}, h("a", { href: url, target: "_blank", rel: "noopener" }, text))));
    for (const [name, part] of Object.entries(parts)) part.hidden = name !== chosen;
    const here = chosen === step;
    status.textContent = here ? verdictText(view) : "";
    status.classList.toggle("es-right", view.verdict.right === true);
    for (const one of [...repair.buttons, repair.keys]) one.hidden = chosen !== "repair";
    give.hidden = !here || step === "predict" || view.over;
    if (isNew && !isFirst) keepFocus();
    Object.assign(frame.root.dataset, { step, outcome: view.outcome, turns: view.turns });
  }

  frame.follow(show);
}

export default { render };
