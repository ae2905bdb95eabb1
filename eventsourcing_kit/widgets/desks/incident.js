// An incident: the page, the log, a prompt to ask the store; then step by step to the repair.

const STEPS = [
  ["predict", "Predict"], ["find", "Find the cause"], ["act", "Act"], ["repair", "Repair"], ["done", "Afterwards"],
];

// The prompt: a SELECT, and the first rows of what the store says.
function createPrompt(frame) {
  const tables = h("div", { class: "es-tables" });
  const send = () => {
    result.setAttribute("aria-busy", "true");
    frame.ask({ query: field.value });
  };
  const field = sendingField("A SELECT to the store", 3, send);
  const result = h("div", { class: "es-result", tabindex: "0", role: "region", "aria-label": "What the store says", "aria-live": "polite" });
  let shown = null;
  const show = (view) => {
    if (shown === null) field.value = view.query;
    if (tables.childElementCount === 0) {
      tables.append(...view.tables.map(({ name, columns }) =>
        h("div", {}, h("code", {}, name), ` ${columns.join(", ")}`)));
    }
    result.removeAttribute("aria-busy");
    const next = JSON.stringify(view.answer);
    if (next === shown) return;
    shown = next;
    result.replaceChildren(...rowsOf(view.answer));
  };
  const element = h("div", {}, tables, field,
    h("div", { class: "es-row" }, button("Ask the store", null, send),
      keyLegend([[SEND_KEY, "ask"]])), result);
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

function predictPart(view, frame) {
  return [h("h4", {}, "What do you think it is? Say it before you look."),
    choices("Causes", view.causes, (cause) => frame.ask({ predict: cause }))];
}

function causesPart(view) {
  const verdict = view.predicted === view.cause ? "You had thought so." : "You had thought of another one.";
  return [h("h4", {}, `The cause. ${verdict}`),
    choices("Causes", view.causes, null,
      { chosen: [view.predicted], right: view.cause, notes: view.speaks.map((text) => [text]) }),
    h("p", {}, "In the store: ", h("strong", {}, view.evidence), ", by this query:"),
    codeLines(view.found_by)];
}

function actPart(view, frame) {
  const notes = view.actions.map(() => []);
  for (const { number, does, tried } of view.taken) notes[number - 1] = [does, tried];
  const right = view.taken.find((one) => one.right)?.number ?? 0;
  const open = view.step === "act";
  return [h("h4", {}, open ? "What do you do first?" : "The first action"),
    choices("First actions", view.actions, open ? (action) => frame.ask({ act: action }) : null,
      { chosen: view.taken.map((one) => one.number), right, notes })];
}

function render(context) {
  const frame = createDesk(context, "es-incident", { tabindex: "0" });
  const rail = h("ol", { class: "es-rail" });
  const head = h("div", { class: "es-row es-head-row" });
  const call = h("p", { class: "es-question" });
  const log = panel("Log");
  log.classList.add("es-code", "es-log");
  const prompt = createPrompt(frame);
  const before = h("div", {}); // what is known: the cause, the actions
  const find = h("p", { class: "es-question" });
  const said = h("input", {
    class: "es-code-field es-said", "aria-label": "Your answer",
    keydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") saySo();
    },
  });
  const finding = h("div", {}, h("h4", {}, "Find it in the store"), find,
    h("div", { class: "es-row" }, said, button("That is it", null, saySo)));
  const task = h("p", { class: "es-question" });
  const code = sendingField("The code to repair", 14, check, { input: fit });
  const told = h("p", { class: "es-hint" });
  const hint = button("Hint", null, () => frame.ask({ hint: true }));
  const repairing = h("div", {}, h("h4", {}, "Repair it"), task, code,
    h("div", { class: "es-row" }, button("Check the repair", null, check), hint, keyLegend([[SEND_KEY, "check"]])), told);
  const status = h("div", { class: "es-verdict", role: "status" });
  const give = button("Show it and go on", null, () => frame.ask({ show: true }));
  const after = h("div", {});
  frame.put(frame.title, head, rail, call, h("h4", {}, "Log"), log, h("h4", {}, "The store"), prompt.element,
    before, finding, repairing, status, h("div", { class: "es-row" }, give), after);

  function saySo() {
    frame.ask({ said: said.value });
  }

  function fit() {
    code.rows = clamp(code.value.split("\n").length + 2, 6, 26);
  }

  function check() {
    status.textContent = "Trying it …";
    status.classList.remove("es-right");
    frame.ask({ repair: code.value });
  }

  onKeys(frame.root, Object.fromEntries([1, 2, 3, 4, 5].map((number) => [String(number), () => {
    const { step, causes, actions } = frame.view();
    if (step === "predict" && number <= causes.length) frame.ask({ predict: number });
    if (step === "act" && number <= actions.length) frame.ask({ act: number });
  }])));

  let loaded = null; // the step for which the code was put into its field

  frame.follow(() => {
    const view = frame.view();
    const { step } = view;
    const place = STEPS.findIndex(([name]) => name === step);
    head.replaceChildren(h("strong", {}, view.name), h("span", { class: "es-tag" }, view.heading),
      h("span", { class: "es-tag" }, view.wrong));
    rail.replaceChildren(...STEPS.map(([, text], i) =>
      h("li", { class: i === place ? "es-now" : i < place ? "es-past" : null, "aria-current": i === place ? "step" : null },
        `${i < place ? "✓ " : ""}${text}`)));
    call.replaceChildren(...prose(view.call));
    if (!log.childElementCount) log.append(...view.log.map((line) => h("div", {}, line)));
    prompt.show(view);
    before.replaceChildren(...(step === "predict" ? predictPart(view, frame) : []),
      ...(view.cause ? [...causesPart(view), ...actPart(view, frame)] : []));
    finding.hidden = step !== "find";
    find.replaceChildren(...prose(view.find));
    repairing.hidden = !view.repair;
    task.replaceChildren(...prose(view.repair));
    if (view.code && loaded !== view.id) {
      code.value = view.code;
      fit();
      loaded = view.id;
    }
    told.replaceChildren(...(view.hint ? ["Hint: ", ...prose(view.hint)] : []));
    hint.disabled = Boolean(view.hint) || view.over;
    const wrong = step === "find" && view.said ? `Not ${view.said}. Ask the store again.` : "";
    status.textContent = view.verdict.text ? `${view.verdict.right ? "✓" : "✗"} ${view.verdict.text}` : wrong;
    status.classList.toggle("es-right", view.verdict.right === true);
    give.hidden = step === "predict" || view.over;
    after.replaceChildren(...view.after.map(block), ...view.links.map(({ url, text }) =>
      h("p", {}, h("a", { href: url, target: "_blank", rel: "noopener" }, text))));
    frame.root.dataset.step = step;
    frame.root.dataset.outcome = view.outcome;
    frame.root.dataset.turns = view.turns;
  });
}

export default { render };
