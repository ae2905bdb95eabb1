// Blocks of a card: a label over text, a list or code. In text, `this` is code.

function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) =>
    part.length > 2 && part.startsWith("`") ? h("code", {}, part.slice(1, -1)) : part);
}

function codeLines(code, marked = [], kind = "es-fault") {
  return h("div", { class: "es-code", tabindex: "0", role: "group", "aria-label": "Code" },
    ...code.split("\n").map((line, i) => {
      const here = marked.includes(i + 1);
      return h("div", { class: here ? kind : null },
        h("span", { class: "es-at" }, `${here ? "▸ " : ""}${i + 1}`), h("span", {}, line || " "));
    }));
}

function block({ label, text, items, code, marked }) {
  return h("div", { class: "es-block" },
    ...(label ? [h("h4", {}, label)] : []),
    ...(text ? [h("p", {}, ...prose(text))] : []),
    ...(items?.length ? [h("ul", {}, ...items.map((item) => h("li", {}, ...prose(item))))] : []),
    ...(code ? [codeLines(code, marked, label === "The cure" ? "es-cured" : "es-fault")] : []));
}

// What every desk does: themes, errors, and saying what is new to those who listen.
function desk({ model, root, error, show }) {
  const listeners = {
    "change:view": show,
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  const readTheme = () => { if (root.isConnected) readColours(root); };
  const placed = new ResizeObserver(readTheme);
  placed.observe(root);
  const ignoreTheme = onThemeChange(root, readTheme);
  show();
  return () => {
    placed.disconnect();
    ignoreTheme();
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

// A message to Python. Without a kernel nothing answers, and the desk says so.
function ask(model, command, error) {
  try {
    if (model.widget_manager?.kernel?.isDisposed) throw new Error("no kernel");
    model.send(command);
  } catch (problem) {
    console.info("The kernel is gone.", problem);
    error.textContent = "The kernel is gone. Run the cell again: what was rated and noted is kept.";
  }
}
