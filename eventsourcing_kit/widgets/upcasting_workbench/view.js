// An old event to be typed, and beside it what Python's upcasters make of it, step by step.

const FIELDS = ["type", "schema_version", "data"];
const TYPING = 250; // milliseconds without a key until Python is asked
const PATIENCE = 3000; // milliseconds without an answer until the reader is told
const SIGNS = { added: "+", removed: "−", changed: "~", same: "" };

const same = (a, b) => FIELDS.every((field) => a[field] === b[field]);

function render({ model, el }) {
  const stored = unpack(model.get("packed"));
  let answer = model.get("answer");

  // --- the stored events, and the fields

  const id = `es-${Math.random().toString(36).slice(2)}`;
  const failing = stored.filter((one) => one.fails).length;
  const options = stored.map((one, i) => h("option", { value: i },
    `${one.fails ? "✕" : "\u00a0"} ${String(one.position).padStart(4, "\u00a0")} `
    + `${one.draft.type} ${one.draft.schema_version} `
    + one.draft.data.replace(/\s+/g, " ")));
  const list = h("select", {
    size: "7", class: "es-stored", id: `${id}-stored`, change: () => load(stored[list.value].draft),
  }, ...options);
  const next = h("button", { type: "button", click: () => toNextFailing() }, "Next that fails");
  next.disabled = failing === 0;

  const common = (name) => ({
    id: `${id}-${name}`, "aria-describedby": `${id}-summary`, spellcheck: "false",
    autocomplete: "off", autocapitalize: "off", class: "es-code-field", input: () => typed(),
  });
  const inputs = {
    type: h("input", { type: "text", ...common("type") }),
    schema_version: h("input", { type: "text", inputmode: "numeric", ...common("schema_version") }),
    data: h("textarea", { rows: "7", ...common("data") }),
  };
  const labelled = (name, words) =>
    h("div", {}, h("label", { for: `${id}-${name}` }, h("b", {}, words)), inputs[name]);

  // --- the steps

  const summary = h("div", { class: "es-said", id: `${id}-summary`, "aria-live": "polite" });
  const steps = h("ol", { class: "es-steps" });
  const region = h("section", { tabindex: "0", role: "region", "aria-label": "Steps" }, steps);
  const status = h("div", { class: "es-status", role: "status" });
  const error = h("div", { class: "es-error", role: "alert" });

  const root = h("div", {
    class: "es-widget es-workbench es-upcasting", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true", // keys belong to the fields, not to the notebook
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-keys" }, "Choose a stored event, or type one. + added, − removed, "
    + "~ changed. What is stored never changes."),
  h("div", { class: "es-bench" },
    h("div", {},
      h("div", { class: "es-typed" },
        h("div", {}, h("label", { for: `${id}-stored` }, h("b", {}, "Stored events"),
          failing ? ` ${count(failing)} of ${count(stored.length)} cannot be read (✕)`
            : ` ${count(stored.length)}, all can be read`), next),
        list),
      h("div", { class: "es-typed" },
        h("div", { class: "es-two" }, labelled("type", "type"),
          labelled("schema_version", "schema_version"))),
      h("div", { class: "es-typed" }, h("label", { for: `${id}-data` }, h("b", {}, "data")), inputs.data)),
    h("div", {}, summary, region)),
  status, error);
  el.replaceChildren(root);
  for (const name of ["keydown", "keypress"]) { // the notebook would take Enter and the arrows
    root.addEventListener(name, (event) => event.stopPropagation());
  }

  const current = () => Object.fromEntries(FIELDS.map((name) => [name, inputs[name].value]));

  function load(draft) {
    for (const name of FIELDS) inputs[name].value = draft[name];
    typed();
  }

  function toNextFailing() {
    const from = Math.max(0, list.selectedIndex + 1);
    const order = [...stored.keys()].map((i) => (from + i) % stored.length);
    list.selectedIndex = order.find((i) => stored[i].fails);
    load(stored[list.selectedIndex].draft);
  }

  // --- asking Python

  let soon = 0;
  let patience = 0;

  function typed() {
    list.selectedIndex = stored.findIndex(({ draft }, i) =>
      same(draft, current()) && (list.selectedIndex < 0 || i >= list.selectedIndex));
    clearTimeout(soon);
    clearTimeout(patience);
    if (same(answer.draft, current())) return show();
    root.dataset.state = "waiting";
    steps.setAttribute("aria-busy", "true");
    soon = setTimeout(ask, TYPING);
  }

  function ask() {
    patience = setTimeout(giveUp, PATIENCE);
    try {
      model.set("draft", current());
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; nothing is brought up.", problem);
      giveUp();
    }
  }

  function giveUp() {
    clearTimeout(patience);
    root.dataset.state = "unanswered";
    status.textContent = "The kernel does not answer: it is busy or gone. The steps are those of "
      + "an earlier event. Run the cell again to go on.";
  }

  function answered() {
    answer = model.get("answer");
    if (!same(answer.draft, current())) return;
    clearTimeout(patience);
    show();
  }

  // --- showing what it said

  function show() {
    status.textContent = "";
    summary.textContent = answer.problem ? "It cannot be read" : answer.summary;
    steps.replaceChildren(...(answer.problem
      ? [h("li", { class: "es-problem" }, h("b", {}, "✕ "), h("bdi", {}, answer.problem))]
      : answer.steps.flatMap((step) => step.after.map((one) => entry(step, one)))));
    steps.removeAttribute("aria-busy");
    root.dataset.state = answer.problem ? "problem" : "read";
    root.dataset.steps = answer.steps.length;
  }

  function entry(step, { shape, rows }) {
    const th = (text) => h("th", { scope: "col" }, text);
    const cell = (text) => h("td", { dir: "auto" }, text);
    return h("li", {},
      h("h4", {}, `${step.before} → ${shape}`),
      h("table", { class: "es-table" },
        h("tr", {}, th(""), th("field"), th("before"), th("after")),
        ...rows.map(([kind, name, before, after]) => h("tr", { class: `es-${kind}` },
          h("td", { class: "es-sign", "aria-label": kind }, SIGNS[kind]), cell(name),
          cell(before), cell(after)))));
  }

  const listeners = {
    "change:answer": answered,
    "change:draft": () => { // set by Python
      if (!same(model.get("draft"), current())) load(model.get("draft"));
    },
    "change:error": () => {
      error.textContent = model.get("error");
      if (!model.get("error")) return;
      clearTimeout(patience); // an answer of a kind
      root.dataset.state = "failed";
    },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  // Not before it is in the page: until then it has no colours.
  const readTheme = () => { if (root.isConnected) readColours(root); };
  const placed = new ResizeObserver(readTheme);
  placed.observe(root);
  const ignoreTheme = onThemeChange(root, readTheme);
  load(model.get("draft"));

  return () => {
    placed.disconnect();
    ignoreTheme();
    clearTimeout(soon);
    clearTimeout(patience);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
