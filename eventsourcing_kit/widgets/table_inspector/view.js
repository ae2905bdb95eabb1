// An events table, append by append. The rows are in the order in which they were committed; the
// table shows those of the first appends, by position, as a query would.

// --- what is shown, and what is amiss with it ----------------------------------------------------

// As picture.py: what is to be said above each row.
function remarks(rows, oneStream) {
  let lastPosition = 0;
  const lastVersion = new Map();
  return rows.map((row) => {
    const said = [];
    if (row.position !== null && !oneStream) {
      said.push(...stepRemark("position", "", lastPosition, row.position));
      lastPosition = row.position;
    }
    if (row.version !== null) {
      const of = row.stream_id === null ? "" : ` of ${row.stream_id}`;
      said.push(...stepRemark("version", of, lastVersion.get(row.stream_id) ?? 0, row.version));
      lastVersion.set(row.stream_id, row.version);
    }
    return said;
  });
}

function stepRemark(name, of, last, now) {
  if (now === last) return [`${name} ${now}${of} is here twice`];
  if (now === last + 2) return [`${name} ${last + 1}${of} is not here`];
  if (now > last + 2) return [`${name}s ${last + 1} to ${now - 1}${of} are not here`];
  return [];
}

function summary(rows, append, appends, oneStream) {
  const told = [`After append ${append} of ${appends}: ${rows.length} row${rows.length === 1 ? "" : "s"}.`];
  const heads = new Map();
  let position = 0;
  for (const row of rows) {
    position = Math.max(position, row.position ?? 0);
    if (row.stream_id !== null && row.version !== null) {
      heads.set(row.stream_id, Math.max(row.version, heads.get(row.stream_id) ?? 0));
    }
  }
  if (position && !oneStream) told.push(`The store is at position ${position}.`);
  const versions = [...heads].map(([stream, version]) => `${stream} at ${version}`);
  if (versions.length) told.push(`Versions: ${versions.join(", ")}.`);
  return told.join(" ");
}

// --- the view ------------------------------------------------------------------------------------

function render({ model, el }) {
  const { columns, rows, appends, streams } = unpack(model.get("packed"));
  rows.forEach((row, number) => (row.number = number));

  let append = model.get("append");
  let stream = model.get("stream_id");
  let shown = []; // the rows in the table
  let at = { row: model.get("row"), column: columnNumber(model.get("column")) }; // −1: the head
  let cells = new Map(); // the elements, by "row/column"

  function columnNumber(name) {
    return Math.max(0, columns.findIndex((column) => column.name === name));
  }

  // --- controls

  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);
  const range = h("input", {
    type: "range", class: "es-range", min: 0, max: appends, step: 1,
    input: () => goTo(Number(range.value)), keydown: onRangeKey,
  });
  const picker = select("Stream", [["", "all streams"], ...streams.map((id) => [id, id])], stream,
    (value) => { stream = value; show(); tellSoon(); });
  const head = h("tr", { role: "row" });
  const body = h("tbody", { role: "rowgroup" });
  const table = h("table", { class: "es-grid", role: "grid", "aria-label": "Events" },
    h("thead", { role: "rowgroup" }, head), body);
  const scroll = h("div", { class: "es-scroll" }, table);
  const told = h("div", { class: "es-told", role: "status" });
  const columnTitle = h("h4", {});
  const columnText = h("div", {});
  const valueTitle = h("h4", {});
  const valueText = h("pre", { class: "es-value-text", dir: "auto" });
  const error = h("div", { class: "es-error", role: "alert" });

  const root = h("div", {
    class: "es-widget", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-row" },
    h("label", { class: "es-field es-wide" }, h("span", {}, "Append"), range),
    h("span", { class: "es-buttons" },
      button("⇤", "Before the first append", () => goTo(0)),
      button("←", "One append back", () => goTo(append - 1)),
      button("→", "One append on", () => goTo(append + 1)),
      button("⇥", "After the last append", () => goTo(appends))),
    ...(streams.length > 1 ? [picker.element] : [])),
  told, scroll,
  h("div", { class: "es-row" }, keyLegend([["← → ↑ ↓", "cell"], ["Home End", "ends of the row"],
    ["Page Up Page Down", "append back, on"]]),
  h("span", { class: "es-keys" }, "● the newest append   ◆ primary key")),
  h("div", { class: "es-panels es-low" },
    h("section", {}, columnTitle, columnText), h("section", {}, valueTitle, valueText)),
  error);
  el.replaceChildren(root);

  // --- the table

  function show() {
    shown = rows.filter((row) => row.append <= append && (!stream || row.stream_id === stream));
    shown.sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.number - b.number);
    const hadFocus = table.contains(document.activeElement);
    cells = new Map();
    head.replaceChildren(
      h("th", { scope: "col", role: "columnheader" }, "append"),
      ...columns.map((column, j) => cell("th", -1, j, column.name + (column.is_key ? " ◆" : ""),
        { scope: "col", role: "columnheader" })));
    const above = remarks(shown, Boolean(stream));
    body.replaceChildren(...shown.flatMap((row, i) => [
      ...above[i].map((remark) => h("tr", { role: "row", class: "es-remark" },
        h("td", { role: "gridcell", colspan: columns.length + 1 }, `▲ ${remark}`))),
      tableRow(row),
    ]));
    range.value = append;
    const text = summary(shown, append, appends, stream);
    range.setAttribute("aria-valuetext", `append ${append} of ${appends}`);
    told.textContent = text;
    if (at.row >= 0 && !shown.some((row) => row.number === at.row)) {
      at = { ...at, row: shown.length ? shown[shown.length - 1].number : -1 };
    }
    root.dataset.append = append;
    root.dataset.rows = shown.length;
    scroll.scrollTop = scroll.scrollHeight;
    point(hadFocus);
  }

  function tableRow(row) {
    const isNew = row.append === append;
    return h("tr", { role: "row", class: isNew ? "es-new" : null },
      h("th", { scope: "row", role: "rowheader" }, `${isNew ? "● " : ""}${row.append}`),
      ...row.cells.map((text, j) => cell("td", row.number, j, text, { role: "gridcell" })));
  }

  function cell(tag, row, column, text, attributes) {
    const element = h(tag, { ...attributes, tabindex: "-1", dir: "auto",
      focus: () => { at = { row, column }; point(false); tellSoon(); } }, text);
    cells.set(`${row}/${column}`, element);
    return element;
  }

  // Make the cell at `at` the one that Tab comes to, and tell of it below the table.
  function point(focus) {
    const element = cells.get(`${at.row}/${at.column}`);
    for (const other of cells.values()) {
      other.tabIndex = other === element ? 0 : -1;
      other.classList.toggle("es-at", other === element);
    }
    const column = columns[at.column];
    const row = rows[at.row];
    columnTitle.textContent = `Column ${column.name}${column.is_key ? ": primary key ◆" : ""}`;
    columnText.textContent = column.purpose;
    valueTitle.textContent = row ? `${column.name} of ${placeOf(row)}` : "No row chosen";
    valueText.textContent = row ? row.full[at.column] : "Go down to a row to see its value at length.";
    if (focus) element.focus({ preventScroll: false });
  }

  function placeOf(row) {
    const places = [];
    if (row.position !== null) places.push(`position ${row.position}`);
    if (row.stream_id !== null && row.version !== null) {
      places.push(`${row.stream_id}, version ${row.version}`);
    }
    return places.join(": ") || `row ${row.number + 1}`;
  }

  // --- moving

  function goTo(newAppend) {
    append = Math.min(appends, Math.max(0, newAppend));
    show();
    tellSoon();
  }

  // JupyterLab takes some of these keys from a range input before it can act on them itself.
  function onRangeKey(event) {
    const places = {
      ArrowLeft: append - 1, ArrowDown: append - 1, PageUp: append - 1, Home: 0,
      ArrowRight: append + 1, ArrowUp: append + 1, PageDown: append + 1, End: appends,
    };
    if (!(event.key in places)) return;
    event.preventDefault();
    event.stopPropagation();
    goTo(places[event.key]);
  }

  function moveBy(down, right) {
    const order = [-1, ...shown.map((row) => row.number)];
    const i = Math.min(order.length - 1, Math.max(0, order.indexOf(at.row) + down));
    const column = Math.min(columns.length - 1, Math.max(0, at.column + right));
    at = { row: order[i], column };
    point(true);
  }

  onKeys(root, {
    ArrowLeft: (n) => moveBy(0, -n),
    ArrowRight: (n) => moveBy(0, n),
    ArrowUp: (n) => moveBy(-n, 0),
    ArrowDown: (n) => moveBy(n, 0),
    Home: () => moveBy(0, -Infinity),
    End: () => moveBy(0, Infinity),
    PageUp: (n) => goTo(append - n),
    PageDown: (n) => goTo(append + n),
  });

  // --- Python hears of it when all is at rest

  let soon = 0;
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(() => {
      const state = { append, stream_id: stream, row: at.row, column: columns[at.column].name };
      try {
        for (const [name, value] of Object.entries(state)) model.set(name, value);
        model.save_changes();
      } catch (problem) {
        console.info("The kernel is gone; the widget goes on without it.", problem);
      }
    }, 150);
  }

  const listeners = {
    "change:append": () => {
      if (append !== model.get("append")) { append = model.get("append"); show(); }
    },
    "change:stream_id": () => {
      if (stream !== model.get("stream_id")) {
        stream = model.get("stream_id");
        picker.set(stream);
        show();
      }
    },
    "change:row": follow,
    "change:column": follow,
    "change:error": () => { error.textContent = model.get("error"); },
  };
  function follow() {
    const row = model.get("row");
    const column = columnNumber(model.get("column"));
    if (row === at.row && column === at.column) return;
    if (row === -1 || shown.some((each) => each.number === row)) at = { row, column };
    point(false);
  }
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);

  // Reading the page's colours notes the theme on the root. That needs a root that is laid out.
  const laidOut = new ResizeObserver(() => root.clientWidth && readColours(root));
  laidOut.observe(root);
  const ignoreTheme = onThemeChange(root, () => readColours(root));
  show();

  return () => {
    laidOut.disconnect();
    ignoreTheme();
    clearTimeout(soon);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
