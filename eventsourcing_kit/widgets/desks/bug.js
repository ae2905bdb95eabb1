// Code with a fault: choose a line with the arrow keys, say with Enter that it is there.

function render({ model, el }) {
  let line = 1;
  const head = h("div", { class: "es-row es-head-row" });
  const question = h("p", { class: "es-question" });
  const list = h("div", { class: "es-code es-lines", role: "listbox", tabindex: "0", "aria-label": "Where is the fault?" });
  const hint = h("button", { type: "button", click: () => ask(model, { hint: true }, error) }, "Hint");
  const give = h("button", { type: "button", click: () => ask(model, { show: true }, error) }, "Show it");
  const buttons = h("div", { class: "es-row" }, hint, give,
    keyLegend([["↑ ↓", "choose a line"], ["Enter", "the fault is here"], ["H", "hint"]]));
  const told = h("p", { class: "es-hint" });
  const status = h("div", { class: "es-verdict", role: "status" });
  const after = h("div", {});
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-desk es-bug", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  }, h("div", { class: "es-title" }, model.get("title")), head, question, list, buttons, told, status, after, error);
  el.replaceChildren(root);

  const move = (by) => {
    line = Math.min(list.children.length, Math.max(1, line + by));
    point();
    list.children[line - 1].scrollIntoView({ block: "nearest" });
  };
  const say = () => ask(model, { line }, error);
  onKeys(root, {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), Home: () => move(-99), End: () => move(99),
    Enter: say, " ": say, h: () => ask(model, { hint: true }, error),
  });

  function point() {
    [...list.children].forEach((row, i) => {
      row.setAttribute("aria-selected", i + 1 === line);
      row.classList.toggle("es-chosen", i + 1 === line);
    });
    list.setAttribute("aria-activedescendant", list.children[line - 1].id);
    root.dataset.line = line;
  }

  function show() {
    const view = model.get("view");
    const prefix = `es-${view.id}-${Math.random().toString(36).slice(2)}`;
    head.replaceChildren(h("span", { class: "es-tag" }, view.heading));
    question.replaceChildren(...prose(view.question));
    list.replaceChildren(...view.code.split("\n").map((text, i) =>
      h("div", {
        id: `${prefix}-${i + 1}`, role: "option", class: view.marked.includes(i + 1) ? "es-fault" : null,
        click: () => { line = i + 1; point(); say(); },
      }, h("span", { class: "es-at" }, `${view.marked.includes(i + 1) ? "▸ " : ""}${i + 1}`), h("span", {}, text || " "))));
    point();
    told.replaceChildren(...(view.hint ? ["Hint: ", ...prose(view.hint)] : []));
    status.textContent = view.found ? `✓ ${view.outcome}` : view.outcome;
    status.classList.toggle("es-right", view.found);
    after.replaceChildren(...view.after.map(block));
    hint.disabled = Boolean(view.hint) || view.over;
    give.disabled = view.over;
    root.dataset.outcome = view.outcome;
  }

  return desk({ model, root, error, show });
}

export default { render };
