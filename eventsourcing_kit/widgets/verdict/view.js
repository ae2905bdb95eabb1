// The buttons under a verdict, and what they have told.

// The cell that shows the exercise of this number, wherever in the notebook it stands.
function cellOf(el, number) {
  const cells = [...(el.closest(".jp-Notebook")?.querySelectorAll(".jp-Cell") ?? [])];
  return cells.find((cell) => [...cell.querySelectorAll(".jp-OutputArea-output strong")]
    .some((strong) => strong.textContent.startsWith(`Exercise ${number}:`)));
}

// Scrolls there and puts the cursor into the answer.
function goTo(cell) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  cell.nextElementSibling?.querySelector(".cm-content")?.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

const TAGS = {
  paragraph: "p", strong: "strong", emphasis: "em", codespan: "code", block_code: "pre",
  list: "ul", list_item: "li",
};

// The elements that mistune's tokens of a text in Markdown stand for; HTML in it is text.
function elements(tokens) {
  return tokens.map(({ type, raw, children }) => {
    const inner = children ? elements(children) : [raw ?? " "]; // a soft break has neither
    return h(TAGS[type] ?? "span", {}, ...inner);
  });
}

function render(context) {
  const { model, el } = context;
  const frame = createFrame(context, "es-help");
  const hint = h("button", { type: "button", click: () => ask("hint_asked") });
  const solution = h("button", { type: "button", click: () => ask("solution_asked") });
  const next = h("button", { type: "button", click: goOn });
  const standing = h("span", { class: "es-standing" });
  const status = h("div", { class: "es-status", role: "status" });
  const told = h("div", { role: "log" }); // what is added to it is read aloud
  const added = new Set();
  const busy = frame.later(1500, () => {
    status.textContent = "The kernel is busy or gone; the answer comes when it has time.";
  });
  frame.put(h("div", { class: "es-row" }, hint, solution, next, standing), status, told);

  function ask(what) {
    busy.start();
    frame.tell({ [what]: model.get(what) + 1 });
  }

  function goOn() {
    const cell = cellOf(el, model.get("following").split(" ")[0]);
    if (cell) goTo(cell);
    else status.textContent = `It stands elsewhere in the notebook: ${model.get("following")}`;
  }

  function show() {
    const [taken, hints, right] = ["told", "hints", "right"].map((name) => model.get(name));
    hint.textContent = `Hint ${taken.length + 1} of ${hints}`;
    hint.hidden = right || taken.length >= hints;
    const price = model.get("costs") ? " (◆ on your map)" : "";
    solution.textContent = right ? "Compare with one way to do it" : `Solution${price}`;
    solution.hidden = model.get("solution").length > 0;
    next.textContent = `Next: ${model.get("following").replaceAll("`", "")} →`;
    next.hidden = !model.get("following");
    standing.textContent = model.get("standing");
    for (const tokens of [...(right ? [] : taken), model.get("solution")]) {
      const key = JSON.stringify(tokens);
      if (tokens.length && !added.has(key)) {
        told.append(h("div", { class: "es-advice" }, ...elements(tokens)));
      }
      added.add(key);
    }
  }

  function answered() {
    const pressed = document.activeElement;
    busy.cancel();
    status.textContent = "";
    show();
    if (pressed?.hidden) [hint, solution, next].find((one) => !one.hidden)?.focus();
  }

  frame.on({ "change:told": answered, "change:solution": answered });
  show();
}

export default { render };
