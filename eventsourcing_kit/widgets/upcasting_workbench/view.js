// An old event to be typed, and beside it what Python's upcasters make of it, step by step.

const SIGNS = { added: "+", removed: "−", changed: "~", same: "" };

// The stored events to choose from. `load` gets the draft of the one that is chosen.
function storedList(id, stored, load) {
  const failing = stored.filter((one) => one.fails).length;
  const loadChosen = () => load(stored[list.selectedIndex].draft);
  const options = stored.map((one, i) => h("option", { value: i },
    `${one.fails ? "✕" : "\u00a0"} ${String(one.position).padStart(4, "\u00a0")} `
    + `${one.draft.type} ${one.draft.schema_version} `
    + one.draft.data.replace(/\s+/g, " ")));
  const list = h("select",
    { size: "7", class: "es-stored", id: `${id}-stored`, change: loadChosen }, ...options);
  const next = button("Next that fails", null, () => {
    const from = Math.max(0, list.selectedIndex + 1);
    const order = [...stored.keys()].map((i) => (from + i) % stored.length);
    list.selectedIndex = order.find((i) => stored[i].fails);
    loadChosen();
  });
  next.disabled = failing === 0;
  const element = h("div", { class: "es-typed" },
    h("div", {}, h("label", { for: `${id}-stored` }, h("b", {}, "Stored events"),
      failing ? ` ${count(failing)} of ${count(stored.length)} cannot be read (✕)`
        : ` ${count(stored.length)}, all can be read`), next),
    list);
  // Of equal ones the chosen one, or one after it.
  const choose = (isIt) => {
    list.selectedIndex = stored.findIndex(({ draft }, i) =>
      isIt(draft) && (list.selectedIndex < 0 || i >= list.selectedIndex));
  };
  return { element, choose };
}

function createFields(id, onInput) {
  const inputs = {
    type: codeField(id, "type", "input", onInput, { type: "text" }),
    schema_version: codeField(id, "schema_version", "input", onInput,
      { type: "text", inputmode: "numeric" }),
    data: codeField(id, "data", "textarea", onInput, { rows: "7" }),
  };
  const label = (name) => h("label", { for: `${id}-${name}` }, h("b", {}, name));
  const elements = [
    h("div", { class: "es-typed" }, h("div", { class: "es-two" },
      ...["type", "schema_version"].map((name) => h("div", {}, label(name), inputs[name])))),
    h("div", { class: "es-typed" }, label("data"), inputs.data),
  ];
  return { inputs, elements };
}

function stepList(id) {
  const summary = h("div", { class: "es-said", id: `${id}-summary`, "aria-live": "polite" });
  const steps = h("ol", { class: "es-steps" });
  const entry = (step, { shape, rows }) => h("li", {},
    h("h4", {}, `${step.before} → ${shape}`),
    h("table", { class: "es-table" },
      heads("", "field", "before", "after"),
      ...rows.map(([kind, ...texts]) => h("tr", { class: `es-${kind}` },
        h("td", { class: "es-sign", "aria-label": kind }, SIGNS[kind]), ...texts.map((text) => td(text))))));
  const show = (answer) => {
    summary.textContent = answer.problem ? "It cannot be read" : answer.summary;
    steps.replaceChildren(...(answer.problem
      ? [h("li", { class: "es-problem" }, h("b", {}, "✕ "), h("bdi", {}, answer.problem))]
      : answer.steps.flatMap((step) => step.after.map((one) => entry(step, one)))));
  };
  return { element: h("div", {}, summary, panel("Steps", steps)), steps, show };
}

function render(context) {
  const { model } = context;
  const frame = createFrame(context, "es-workbench es-upcasting", KEEP_KEYS);
  const id = `es-${unique()}`;
  const stored = storedList(id, unpack(model.get("packed")), (draft) => asker.load(draft));
  const fields = createFields(id, () => asker.typed());
  const steps = stepList(id);
  const asker = createAsker(frame, fields.inputs, {
    busy: steps.steps,
    unanswered: "The steps are those of an earlier event.",
    onTyped: () => stored.choose(asker.isCurrent),
    show: (answer) => {
      steps.show(answer);
      Object.assign(frame.root.dataset,
        { state: answer.problem ? "problem" : "read", steps: answer.steps.length });
    },
  });
  frame.put(frame.title,
    h("div", { class: "es-keys" }, "Choose a stored event, or type one. + added, − removed, "
      + "~ changed. What is stored never changes."),
    h("div", { class: "es-bench" },
      h("div", {}, stored.element, ...fields.elements), steps.element),
    asker.status);
  asker.load(model.get("draft"));
}

export default { render };
