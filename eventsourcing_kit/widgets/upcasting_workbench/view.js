// An old event to be typed, and the chain from it, step by step, to what a reader gets.

const SIGNS = { added: "+", removed: "−", renamed: "→", changed: "~", same: "" };

// The stored events to choose from. `load` gets the draft of the one that is chosen.
function storedList(id, stored, load) {
  const failing = stored.filter((one) => one.fails).length;
  let at = -1;
  const oneLine = ({ data }) => data.replace(/\s+/g, " ");
  const options = stored.map(({ position, draft, fails }, i) => h("div", {
    role: "option", id: `${id}-option-${i}`, title: oneLine(draft), click: () => pick(i),
  }, h("span", { class: "es-sign" }, fails ? "✕" : ""),
  h("span", { class: "es-number" }, `${position}`),
  h("b", {}, `${draft.type} ${draft.schema_version}`),
  h("span", { class: "es-cut" }, oneLine(draft)),
  h("span", { class: "es-hidden" }, fails ? "cannot be read" : "")));
  const list = h("div", { role: "listbox", tabindex: "0", class: "es-stored",
    "aria-labelledby": `${id}-stored`, keydown: moveByKey }, ...options);

  function moveByKey(event) {
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -5, PageDown: 5, Home: -Infinity, End: Infinity };
    if (!(event.key in by) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(clamp(at + by[event.key], 0, stored.length - 1));
  }
  function pick(i) {
    mark(i);
    load(stored[i].draft);
  }
  function mark(i) {
    options[at]?.removeAttribute("aria-selected");
    at = i;
    options[at]?.setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", options[at]?.id ?? "");
    if (at >= 0) scrollInto(list, options[at]);
  }

  const next = button("Next that fails", null, () => {
    const order = [...stored.keys()].map((i) => (Math.max(0, at + 1) + i) % stored.length);
    pick(order.find((i) => stored[i].fails));
  });
  next.disabled = failing === 0;
  const told = failing ? `${count(failing)} of ${count(stored.length)} cannot be read (✕)`
    : `${count(stored.length)}, all can be read`;
  const element = h("div", {}, h("div", { class: "es-row" },
    h("span", { id: `${id}-stored` }, h("b", {}, "Stored events"), ` ${told}`), next), list);
  // Of equal ones the chosen one, or one after it; false where none is stored so.
  const choose = (isIt) => {
    mark(stored.findIndex(({ draft }, i) => isIt(draft) && (at < 0 || i >= at)));
    return at >= 0;
  };
  return { element, choose };
}

// In its box alone: the page stands still.
function scrollInto(box, one) {
  const [top, bottom] = [one.offsetTop, one.offsetTop + one.offsetHeight];
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}

// The event at the head of the chain: what is stored, to be typed over.
function createFields(id, onInput) {
  const inputs = {
    type: codeField(id, "type", "input", onInput, { type: "text" }),
    schema_version: codeField(id, "schema_version", "input", onInput,
      { type: "text", inputmode: "numeric" }),
    data: codeField(id, "data", "textarea", onInput, { rows: "7" }),
  };
  const labelled = Object.entries(inputs).map(([name, input]) =>
    h("div", { class: `es-of-${name}` }, h("label", { for: `${id}-${name}` }, name), input));
  const origin = h("em", {});
  const element = h("div", { class: "es-shape es-typed" },
    h("h4", {}, h("span", {}, "Type over it"), origin), ...labelled);
  const show = (isStored) => { origin.textContent = isStored ? "stored" : "only typed"; };
  return { inputs, element, show };
}

// --- the chain -----------------------------------------------------------------------------------

function fieldRow([kind, name, before, after]) {
  const value = { removed: [h("s", {}, before)], changed: [h("s", {}, before), ` ${after}`] }[kind];
  return h("tr", { class: `es-${kind}` },
    h("td", { class: "es-sign", "aria-label": kind }, SIGNS[kind]),
    h("th", { scope: "row", dir: "auto" }, name), h("td", { dir: "auto" }, ...value ?? [after]));
}

function shapeBox({ shape, rows }, isRead) {
  return h("div", { class: `es-shape${isRead ? " es-read-as" : ""}` },
    h("h4", {}, h("span", {}, shape), isRead ? h("em", {}, "read as") : ""),
    h("table", { class: "es-table" }, ...rows.map(fieldRow)));
}

const problemBox = (problem) => h("div", { class: "es-shape es-problem" },
  h("h4", {}, "✕ cannot be read"), h("bdi", {}, problem));

// What follows an event: a step's name on the wire, and what comes out of it.
function link(label, kind, ...boxes) {
  const fork = boxes.length > 1 ? [h("span", {}, `split in ${boxes.length}`)] : [];
  return [h("div", { class: `es-step ${kind}` }, h("span", {}, label), ...fork),
    h("ol", { class: kind }, ...boxes.map((box) => h("li", {}, ...box)))];
}

// The steps come in the order in which a reader takes them: all of one part before the next.
function chainOf({ steps, unchanged, problem }) {
  let taken = 0;
  const follow = (shape) => {
    const step = steps[taken];
    if (step?.before !== shape) return [];
    const label = `step ${taken += 1}`;
    if (step.problem) return link(`✕ ${label}`, "es-broken", [problemBox(step.problem)]);
    return link(label, "", ...step.after.map((one) => {
      const followed = follow(one.shape);
      return [shapeBox(one, !followed.length && !problem), ...followed];
    }));
  };
  if (steps.length) return follow(steps[0].before);
  if (unchanged) return link("no step", "", [shapeBox(unchanged, true)]);
  return link("✕", "es-broken", [problemBox(problem)]);
}

function createChain(id) {
  const summary = h("div", { class: "es-said", id: `${id}-summary`, "aria-live": "polite" });
  const element = panel("Steps");
  element.classList.add("es-chain");
  const show = (answer) => {
    summary.textContent = answer.problem ? "It cannot be read" : answer.summary;
    element.replaceChildren(...chainOf(answer));
  };
  return { summary, element, show };
}

function render(context) {
  const { model } = context;
  const frame = createFrame(context, "es-upcasting", KEEP_KEYS);
  const id = `es-${unique()}`;
  const stored = storedList(id, unpack(model.get("packed")), (draft) => asker.load(draft));
  const fields = createFields(id, () => asker.typed());
  const chain = createChain(id);
  const asker = createAsker(frame, fields.inputs, {
    busy: chain.element,
    unanswered: "The steps are those of an earlier event.",
    onTyped: () => fields.show(stored.choose(asker.isCurrent)),
    show: (answer) => {
      chain.show(answer);
      Object.assign(frame.root.dataset,
        { state: answer.problem ? "problem" : "read", steps: answer.steps.length });
    },
  });
  frame.put(frame.title, stored.element,
    h("div", { class: "es-row" }, chain.summary,
      h("div", { class: "es-keys" }, "+ added  − removed  → renamed  ~ changed")),
    h("div", { class: "es-links" }, fields.element, chain.element),
    asker.status);
  asker.load(model.get("draft"));
}

export default { render };
