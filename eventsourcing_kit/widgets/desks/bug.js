// Code with a fault: a click or the arrow keys choose a line, a second click or Enter says that it is
// there. When it is known, the code and its cure lie in one place, under two tabs.

// The lines of the code. `choose` gets the number of the one that is clicked.
function codeList(choose) {
  const element = h("div", {
    class: "es-code es-lines", role: "listbox", tabindex: "0", "aria-label": "Where is the fault?",
  });
  const prefix = `es-${unique()}`;
  const show = ({ code, colours, marked, wrong }) => {
    element.replaceChildren(...code.split("\n").map((text, i) => {
      const number = i + 1;
      const [mark, kind] = marked.includes(number) ? ["▸ ", "es-fault"]
        : wrong.includes(number) ? ["✗ ", "es-wrong"] : ["", null];
      return h("div", {
        id: `${prefix}-${number}`, role: "option", class: kind, click: () => choose(number),
      }, ...codeLine(number, mark, text, colours[i]));
    }));
  };
  const point = (line) => {
    [...element.children].forEach((row, i) => {
      row.setAttribute("aria-selected", i + 1 === line);
      row.classList.toggle("es-chosen", i + 1 === line);
    });
    if (line) element.setAttribute("aria-activedescendant", element.children[line - 1].id);
    else element.removeAttribute("aria-activedescendant");
  };
  return { element, show, point };
}

const FAULTY = "The fault";
const CURED = "The cure";

function render(context) {
  const frame = createDesk(context, "es-bug");
  let line = 0; // the one that is chosen
  let shown = ""; // the bug that stands here
  const head = h("div", { class: "es-row es-head-row" });
  const question = h("p", { class: "es-question" });
  const list = codeList(click);
  const cured = h("div", {});
  const either = tabs("The code", [FAULTY, CURED], (name) => {
    list.element.hidden = name !== FAULTY;
    cured.hidden = name !== CURED;
  });
  const here = button("", null, say, { class: "es-say" });
  const hint = button("Hint", null, askHint);
  const give = button("Show it", null, () => frame.ask({ show: true }));
  const next = button("", null, () => frame.ask({ next: true }), { class: "es-next" });
  const told = h("p", { class: "es-hint" });
  const status = h("div", { class: "es-verdict", role: "status" });
  const after = h("div", {});
  const keys = keyLegend([["↑ ↓", "choose a line"], ["Enter", "the fault is here"], ["H", "hint"]]);
  const words = h("div", { class: "es-words" }, question,
    h("div", { class: "es-row" }, here, hint, give, next), told, status, after, keys);
  frame.put(frame.title, head, h("div", { class: "es-two" },
    h("div", {}, either.element, list.element, cured), words));

  function say() {
    if (line) frame.ask({ line });
    else frame.say("Choose a line first.");
  }

  function click(number) {
    if (number === line) return say();
    line = number;
    point();
  }

  function askHint() {
    frame.ask({ hint: true });
  }

  const move = (by) => {
    const lines = list.element.children;
    line = clamp(line + by, 1, lines.length);
    point();
    lines[line - 1].scrollIntoView({ block: "nearest" });
  };
  onKeys(frame.root, {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), Home: () => move(-99), End: () => move(99),
    Enter: say, " ": say, h: askHint,
  });

  function point() {
    const view = frame.view();
    list.point(line);
    here.textContent = line ? `The fault is in line ${line}` : "Choose a line";
    here.disabled = !line || view.wrong.includes(line);
    frame.root.dataset.line = line;
  }

  frame.follow(() => {
    const view = frame.view();
    const another = view.name !== shown;
    if (another) line = 0;
    head.replaceChildren(h("b", {}, view.name), h("span", { class: "es-tag" }, view.level));
    question.replaceChildren(...prose(view.question));
    list.show(view);
    point();
    cured.replaceChildren(...(view.cure ? [codeLines(view.cure.code, view.cure.marked, "es-cured", view.cure.colours)] : []));
    either.element.hidden = !view.over;
    if (another || !view.over) either.choose(FAULTY);
    told.replaceChildren(...(view.hint && !view.over ? ["Hint: ", ...prose(view.hint)] : []));
    status.textContent = view.found ? `✓ ${view.outcome}` : view.outcome;
    status.classList.toggle("es-right", view.found);
    after.replaceChildren(...view.after.map(block));
    here.hidden = hint.hidden = give.hidden = keys.hidden = view.over;
    hint.disabled = Boolean(view.hint);
    next.hidden = !view.next;
    next.textContent = `Next: ${view.next}`;
    if (another && shown) list.element.focus();
    shown = view.name;
    frame.root.dataset.outcome = view.outcome;
  });
}

export default { render };
