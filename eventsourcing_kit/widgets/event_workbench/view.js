// An event to be typed, and beside it what Python's critique says of it.

const FIELDS = ["type", "data", "metadata"];
const TYPING = 250; // milliseconds without a key until Python is asked
const PATIENCE = 3000; // milliseconds without an answer until the reader is told

const copy = (draft) => Object.fromEntries(FIELDS.map((field) => [field, draft[field]]));
const same = (a, b) => FIELDS.every((field) => a[field] === b[field]);
const counted = (n, thing) => `${n} ${thing}${n === 1 ? "" : "s"}`;

// Which field a remark is about: "data.lines[0].price" and "a key of data" are about the data.
const fieldOf = (remark) => /^(?:a key of )?(type|data|metadata)/.exec(remark.field)?.[1] ?? "data";

// Where in a text a remark points to: [start, end]. The last name of its path, or a line and column.
function placeOf(remark, text) {
  const spot = /at line (\d+), column (\d+)/.exec(remark.text);
  if (spot) {
    const [line, column] = [Number(spot[1]), Number(spot[2])];
    const before = text.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    return [before + column - 1, before + column];
  }
  const name = JSON.stringify(remark.field.replace(/\[\d+\]$/, "").split(".").at(-1));
  const start = text.indexOf(name);
  return start < 0 ? [0, text.length] : [start, start + name.length];
}

function render({ model, el }) {
  const examples = unpack(model.get("packed"));
  const drafts = examples.map(({ draft }) => copy(draft)); // with what was typed since
  let shown = 0; // the example that the fields began with
  let answer = model.get("answer");

  // --- the fields

  const id = `es-${Math.random().toString(36).slice(2)}`;
  const common = (name) => ({
    id: `${id}-${name}`, "aria-describedby": `${id}-summary`, spellcheck: "false",
    autocomplete: "off", autocapitalize: "off", class: "es-code-field", input: () => typed(),
  });
  const inputs = {
    type: h("input", { type: "text", ...common("type") }),
    data: h("textarea", { rows: "10", ...common("data") }),
    metadata: h("textarea", { rows: "4", ...common("metadata") }),
  };
  const help = { type: "what happened", data: "the fact, as JSON", metadata: "about it, as JSON" };
  const places = {}; // where the cursor stands, since remarks speak of lines and columns
  const rows = FIELDS.map((name) => {
    places[name] = h("span", { class: "es-cursor", "aria-hidden": "true" });
    return h("div", { class: "es-typed" },
      h("div", {}, h("label", { for: `${id}-${name}` }, h("b", {}, name), ` ${help[name]}`),
        places[name]),
      inputs[name]);
  });

  const picker = select("Begin with", examples.map(({ name }, i) => [i, name]), 0, (value) => {
    shown = Number(value);
    load(drafts[shown]);
  });
  const reset = h("button", {
    type: "button", "aria-label": "Undo all changes to this example",
    click: () => load(examples[shown].draft),
  }, "Reset");

  // --- the remarks

  const summary = h("div", { class: "es-said", id: `${id}-summary`, "aria-live": "polite" });
  const list = h("ul", { class: "es-remarks" });
  const remarks = h("section", { tabindex: "0", role: "region", "aria-label": "Remarks" }, list);
  const status = h("div", { class: "es-status", role: "status" });
  const error = h("div", { class: "es-error", role: "alert" });

  const root = h("div", {
    class: "es-widget es-workbench", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true", // keys belong to the fields, not to the notebook
  },
  h("div", { class: "es-row" }, h("div", { class: "es-title" }, model.get("title")),
    picker.element, reset),
  h("div", { class: "es-keys" }, "Type an event; the remarks follow. A fault wants to be mended, a "
    + "doubt to be thought over. The name of a field leads to it."),
  h("div", { class: "es-bench" }, h("div", {}, ...rows), h("div", {}, summary, remarks)),
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

  // --- asking Python

  let soon = 0;
  let patience = 0;

  function typed() {
    drafts[shown] = current();
    clearTimeout(soon);
    clearTimeout(patience);
    if (same(answer.draft, current())) return show();
    root.dataset.state = "waiting";
    list.setAttribute("aria-busy", "true");
    soon = setTimeout(ask, TYPING);
  }

  function ask() {
    patience = setTimeout(giveUp, PATIENCE);
    try {
      model.set("draft", current());
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; nothing is checked.", problem);
      giveUp();
    }
  }

  function giveUp() {
    clearTimeout(patience);
    root.dataset.state = "unanswered";
    status.textContent = "The kernel does not answer: it is busy or gone. You can go on typing, but "
      + "nothing is checked; the remarks are about an earlier text. Run the cell again to go on.";
  }

  function answered() {
    answer = model.get("answer");
    if (same(answer.draft, current())) {
      clearTimeout(patience);
      show();
    }
  }

  // --- showing what it said

  function show() {
    const all = answer.remarks;
    const faults = all.filter(({ severity }) => severity === "fault").length;
    const doubts = all.length - faults;
    status.textContent = "";
    summary.textContent = all.length
      ? [faults && counted(faults, "fault"), doubts && counted(doubts, "doubt")]
        .filter(Boolean).join(", ")
      : "No remarks";
    list.replaceChildren(...all.map(entry));
    if (!all.length) {
      list.append(h("li", {}, "Nothing to remark. No rule knows your business, though: would the "
        + "people there say it so?"));
    }
    list.removeAttribute("aria-busy");
    for (const name of FIELDS) {
      const wrong = all.some((one) => one.severity === "fault" && fieldOf(one) === name);
      inputs[name].setAttribute("aria-invalid", wrong);
    }
    Object.assign(root.dataset, { state: "checked", faults, doubts });
  }

  function entry(remark) {
    const { severity, rule, field, text } = remark;
    const go = h("button", {
      type: "button", class: "es-field-name", title: "Go there", click: () => goTo(remark),
    }, field);
    return h("li", { class: `es-${severity}` },
      h("div", {}, h("b", {}, `${severity === "fault" ? "✕ fault" : "? doubt"} · ${rule}`), " ", go),
      h("bdi", {}, text));
  }

  function goTo(remark) {
    const input = inputs[fieldOf(remark)];
    input.focus();
    if (input === inputs.type) input.select();
    else input.setSelectionRange(...placeOf(remark, input.value));
    showPlace();
  }

  function showPlace() {
    for (const name of ["data", "metadata"]) {
      const before = inputs[name].value.slice(0, inputs[name].selectionStart).split("\n");
      places[name].textContent = document.activeElement === inputs[name]
        ? `line ${before.length}, column ${before.at(-1).length + 1}` : "";
    }
  }

  const onSelection = () => showPlace();
  document.addEventListener("selectionchange", onSelection);
  for (const name of ["keyup", "click", "input", "focusin", "focusout"]) {
    root.addEventListener(name, onSelection);
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
    document.removeEventListener("selectionchange", onSelection);
    clearTimeout(soon);
    clearTimeout(patience);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
