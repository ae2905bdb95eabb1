// Code with a fault: choose a line with the arrow keys, say with Enter that it is there.

// The lines of the code. `choose` gets the number of the one that is clicked.
function codeList(choose) {
  const element = h("div", {
    class: "es-code es-lines", role: "listbox", tabindex: "0", "aria-label": "Where is the fault?",
  });
  const show = ({ id, code, marked }) => {
    const prefix = `es-${id}-${unique()}`;
    element.replaceChildren(...code.split("\n").map((text, i) => {
      const isFault = marked.includes(i + 1);
      return h("div", {
        id: `${prefix}-${i + 1}`, role: "option", class: isFault ? "es-fault" : null,
        click: () => choose(i + 1),
      }, h("span", { class: "es-at" }, `${isFault ? "▸ " : ""}${i + 1}`), h("span", {}, text || " "));
    }));
  };
  const point = (line) => {
    [...element.children].forEach((row, i) => {
      row.setAttribute("aria-selected", i + 1 === line);
      row.classList.toggle("es-chosen", i + 1 === line);
    });
    element.setAttribute("aria-activedescendant", element.children[line - 1].id);
  };
  return { element, show, point };
}

function render(context) {
  const frame = createDesk(context, "es-bug");
  let line = 1;
  const say = () => frame.ask({ line });
  const askHint = () => frame.ask({ hint: true });
  const head = h("div", { class: "es-row es-head-row" });
  const question = h("p", { class: "es-question" });
  const list = codeList((number) => { line = number; point(); say(); });
  const hint = button("Hint", null, askHint);
  const give = button("Show it", null, () => frame.ask({ show: true }));
  const told = h("p", { class: "es-hint" });
  const status = h("div", { class: "es-verdict", role: "status" });
  const after = h("div", {});
  frame.put(frame.title, head, question, list.element,
    h("div", { class: "es-row" }, hint, give,
      keyLegend([["↑ ↓", "choose a line"], ["Enter", "the fault is here"], ["H", "hint"]])),
    told, status, after);

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
    list.point(line);
    frame.root.dataset.line = line;
  }

  frame.follow(() => {
    const view = frame.view();
    head.replaceChildren(h("span", { class: "es-tag" }, view.heading));
    question.replaceChildren(...prose(view.question));
    list.show(view);
    point();
    told.replaceChildren(...(view.hint ? ["Hint: ", ...prose(view.hint)] : []));
    status.textContent = view.found ? `✓ ${view.outcome}` : view.outcome;
    status.classList.toggle("es-right", view.found);
    after.replaceChildren(...view.after.map(block));
    hint.disabled = Boolean(view.hint) || view.over;
    give.disabled = view.over;
    frame.root.dataset.outcome = view.outcome;
  });
}

export default { render };
