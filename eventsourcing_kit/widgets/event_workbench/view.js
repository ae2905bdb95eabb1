// An event to be typed, and beside it what Python's critique says of it.

const HELP = { type: "what happened", data: "the fact, as JSON", metadata: "about it, as JSON" };
const FIELDS = Object.keys(HELP);

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

// The three fields, each with the cursor's place, since remarks speak of lines and columns.
function createFields(id, onInput) {
  const inputs = {
    type: codeField(id, "type", "input", onInput, { type: "text" }),
    data: codeField(id, "data", "textarea", onInput, { rows: "12" }),
    metadata: codeField(id, "metadata", "textarea", onInput, { rows: "3" }),
  };
  const places = {};
  const rows = FIELDS.map((name) => {
    places[name] = h("span", { class: "es-cursor", "aria-hidden": "true" });
    return h("div", { class: "es-typed" },
      h("div", {}, h("label", { for: `${id}-${name}` }, h("b", {}, name), ` ${HELP[name]}`),
        places[name]),
      inputs[name]);
  });
  const showPlace = () => {
    for (const name of ["data", "metadata"]) {
      const before = inputs[name].value.slice(0, inputs[name].selectionStart).split("\n");
      places[name].textContent = document.activeElement === inputs[name]
        ? `line ${before.length}, column ${before.at(-1).length + 1}` : "";
    }
  };
  const goTo = (remark) => {
    const input = inputs[fieldOf(remark)];
    input.focus();
    if (input === inputs.type) input.select();
    else input.setSelectionRange(...placeOf(remark, input.value));
    showPlace();
  };
  return { element: h("div", {}, ...rows), inputs, showPlace, goTo };
}

function remarkList(id, goTo, beside) {
  const summary = h("div", { class: "es-said", id: `${id}-summary`, "aria-live": "polite" });
  const list = h("div", { class: "es-remarks" });
  const entry = (remark) => h("li", { class: `es-${remark.severity}` },
    h("div", {},
      h("b", {}, `${remark.severity === "fault" ? "✕ fault" : "? doubt"} · ${remark.rule}`), " ",
      button(remark.field, null, () => goTo(remark), { class: "es-field-name", title: "Go there" })),
    h("bdi", {}, remark.text),
    ...(remark.proof ? [h("div", { class: "es-proof" }, "Tried: ", h("bdi", {}, remark.proof))] : []));
  const group = (title, remarks) =>
    remarks.length ? [h("h4", {}, title), h("ul", {}, ...remarks.map(entry))] : [];
  const nothing = () => h("p", {}, "Nothing to remark. No rule knows your business, though: would the "
    + "people there say it so?");
  // `wasFaulty`: it began with faults.
  const show = (remarks, wasFaulty) => {
    const [faults, doubts] = ["fault", "doubt"].map((severity) =>
      remarks.filter((remark) => remark.severity === severity));
    const none = wasFaulty ? "✓ mended" : "✓ no faults";
    summary.textContent = [faults.length ? counted(faults.length, "fault") : none,
      doubts.length && counted(doubts.length, "doubt")].filter(Boolean).join(", ");
    summary.classList.toggle("es-well", !faults.length);
    list.replaceChildren(...group("To be mended", faults), ...group("To be thought over", doubts),
      ...(remarks.length ? [] : [nothing()]));
  };
  const top = h("div", { class: "es-row" }, summary, ...beside);
  return { element: h("div", {}, top, panel("Remarks", list)), list, show };
}

// How many of the examples that began with faults have none now, and the way to one that still has.
// `shown()` is the example that is looked at.
function createTally(examples, shown, goTo) {
  const faulty = examples.map(({ faults }) => faults > 0);
  const mended = new Set();
  const said = h("span", { class: "es-tally", role: "status" });
  const next = button("Next", "The next example that is not mended yet", () => goTo(following()));
  const following = () => {
    const others = [...examples.keys()].map((i) => (shown() + 1 + i) % examples.length);
    return others.find((i) => faulty[i] && !mended.has(i)) ?? others[0];
  };
  const show = (faults) => {
    if (faults) mended.delete(shown());
    else if (faulty[shown()]) mended.add(shown());
    said.textContent = `${mended.size} of ${faulty.filter(Boolean).length} mended`;
  };
  return { elements: examples.length > 1 ? [said, next] : [], show, wasFaulty: () => faulty[shown()] };
}

function render(context) {
  const { model } = context;
  const examples = unpack(model.get("packed"));
  const drafts = examples.map(({ draft }) => ({ ...draft })); // with what was typed since
  let shown = 0; // the example that the fields began with

  const frame = createFrame(context, "es-workbench", {
    ...KEEP_KEYS,
    ...Object.fromEntries(["keyup", "click", "input", "focusin", "focusout"]
      .map((name) => [name, () => fields.showPlace()])),
  });
  const id = `es-${unique()}`;
  const fields = createFields(id, () => asker.typed());
  const tally = createTally(examples, () => shown, goTo);
  const remarks = remarkList(id, fields.goTo, tally.elements);
  const asker = createAsker(frame, fields.inputs, {
    busy: remarks.list,
    unanswered: "You can go on typing, but nothing is checked; the remarks are about an earlier text.",
    onTyped: (draft) => (drafts[shown] = draft),
    show,
  });
  const picker = select("Begin with", examples.map(({ name }, i) => [i, name]), 0, goTo);
  const reset = button("Reset", "Undo all changes to this example",
    () => asker.load(examples[shown].draft));
  frame.put(
    h("div", { class: "es-row" }, frame.title, picker.element, reset),
    h("div", { class: "es-keys" }, "Type an event; the remarks follow. A fault wants to be mended, a "
      + "doubt to be thought over. The name of a field leads to it."),
    h("div", { class: "es-bench" }, fields.element, remarks.element), asker.status);
  document.addEventListener("selectionchange", fields.showPlace, { signal: frame.signal });

  function goTo(example) {
    shown = Number(example);
    picker.set(example);
    asker.load(drafts[shown]);
  }

  function show(answer) {
    const faults = answer.remarks.filter(({ severity }) => severity === "fault");
    tally.show(faults.length);
    remarks.show(answer.remarks, tally.wasFaulty());
    for (const name of FIELDS) {
      fields.inputs[name].setAttribute("aria-invalid", faults.some((one) => fieldOf(one) === name));
    }
    Object.assign(frame.root.dataset, { state: "checked", faults: faults.length,
      doubts: answer.remarks.length - faults.length });
  }

  asker.load(model.get("draft"));
}

export default { render };
