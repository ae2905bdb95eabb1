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
  const told = [`After append ${append} of ${appends}: ${counted(rows.length, "row")}.`];
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

// What stands at a cell, at length: its column's purpose, its value. `row` is undefined in the head.
function cellPanels() {
  const columnTitle = h("h4", {});
  const columnText = h("div", {});
  const valueTitle = h("h4", {});
  const valueText = h("pre", { class: "es-value-text", dir: "auto" });
  const element = h("div", { class: "es-panels es-low" },
    h("section", {}, columnTitle, columnText), h("section", {}, valueTitle, valueText));
  const show = (column, row, number) => {
    columnTitle.textContent = `Column ${column.name}${column.is_key ? ": primary key ◆" : ""}`;
    columnText.textContent = column.purpose;
    valueTitle.textContent = row ? `${column.name} of ${placeOf(row)}` : "No row chosen";
    valueText.textContent = row ? row.full[number] : "Go down to a row to see its value at length.";
  };
  return { element, show };
}

function placeOf(row) {
  const places = [];
  if (row.position !== null) places.push(`position ${row.position}`);
  if (row.stream_id !== null && row.version !== null) {
    places.push(`${row.stream_id}, version ${row.version}`);
  }
  return places.join(": ") || `row ${row.number + 1}`;
}

// A table whose cells the arrow keys reach. A cell is { row, column }: the number of its row, −1 for
// the head, and that of its column. `onFocus` gets the one that has the focus.
function createGrid(columns, onFocus) {
  const head = h("tr", { role: "row" });
  const body = h("tbody", { role: "rowgroup" });
  const table = h("table", { class: "es-grid", role: "grid", "aria-label": "Events" },
    h("thead", { role: "rowgroup" }, head), body);
  const element = h("div", { class: "es-scroll" }, table);
  let cells = new Map(); // the elements, by "row/column"

  function cell(tag, row, column, text, attributes) {
    const made = h(tag, { ...attributes, tabindex: "-1", dir: "auto",
      focus: () => onFocus({ row, column }) }, text);
    cells.set(`${row}/${column}`, made);
    return made;
  }

  function tableRow(row, isNew) {
    return h("tr", { role: "row", class: isNew ? "es-new" : null },
      h("th", { scope: "row", role: "rowheader" }, `${isNew ? "● " : ""}${row.append}`),
      ...row.cells.map((text, j) => cell("td", row.number, j, text, { role: "gridcell" })));
  }

  // The rows, above each what is to be said of it; those of the append `newest` are marked.
  const show = (rows, above, newest) => {
    cells = new Map();
    head.replaceChildren(
      h("th", { scope: "col", role: "columnheader" }, "append"),
      ...columns.map((column, j) => cell("th", -1, j, column.name + (column.is_key ? " ◆" : ""),
        { scope: "col", role: "columnheader" })));
    body.replaceChildren(...rows.flatMap((row, i) => [
      ...above[i].map((remark) => h("tr", { role: "row", class: "es-remark" },
        h("td", { role: "gridcell", colspan: columns.length + 1 }, `▲ ${remark}`))),
      tableRow(row, row.append === newest),
    ]));
    element.scrollTop = element.scrollHeight;
  };
  // Make a cell the one that Tab comes to.
  const point = ({ row, column }, focus) => {
    const chosen = cells.get(`${row}/${column}`);
    for (const one of cells.values()) {
      one.tabIndex = one === chosen ? 0 : -1;
      one.classList.toggle("es-at", one === chosen);
    }
    if (focus) chosen.focus({ preventScroll: false });
  };
  return { element, show, point, hasFocus: () => table.contains(document.activeElement) };
}

// A slider over the appends. JupyterLab takes some of its keys before it can act on them itself.
function appendRange(appends, goTo) {
  const by = { ArrowLeft: -1, ArrowDown: -1, PageUp: -1, Home: -Infinity,
    ArrowRight: 1, ArrowUp: 1, PageDown: 1, End: Infinity };
  const range = h("input", {
    type: "range", class: "es-range", min: 0, max: appends, step: 1,
    input: () => goTo(Number(range.value)),
    keydown: (event) => {
      if (!(event.key in by)) return;
      event.preventDefault();
      event.stopPropagation();
      goTo(Number(range.value) + by[event.key]);
    },
  });
  const set = (append) => {
    range.value = append;
    range.setAttribute("aria-valuetext", `append ${append} of ${appends}`);
  };
  return { element: h("label", { class: "es-field es-wide" }, h("span", {}, "Append"), range), set };
}

function render(context) {
  const { model } = context;
  const { columns, rows, appends, streams } = unpack(model.get("packed"));
  rows.forEach((row, number) => (row.number = number));
  const columnNumber = (name) => Math.max(0, columns.findIndex((column) => column.name === name));
  const modelCell = () => ({ row: model.get("row"), column: columnNumber(model.get("column")) });

  let append = model.get("append");
  let stream = model.get("stream_id");
  let shown = []; // the rows in the table
  let at = modelCell();

  const frame = createFrame(context, "");
  const { tellSoon } = frame.teller(() =>
    ({ append, stream_id: stream, row: at.row, column: columns[at.column].name }));
  const range = appendRange(appends, goTo);
  const picker = select("Stream", [["", "all streams"], ...streams.map((id) => [id, id])], stream,
    (value) => { stream = value; show(); tellSoon(); });
  const grid = createGrid(columns, (cell) => { point(cell, false); tellSoon(); });
  const panels = cellPanels();
  const told = h("div", { class: "es-told", role: "status" });
  const labels = ["Before the first append", "One append back", "One append on",
    "After the last append"];
  frame.put(frame.title,
    h("div", { class: "es-row" }, range.element,
      h("span", { class: "es-buttons" }, ...stepper(labels, (by) => goTo(append + by))),
      ...(streams.length > 1 ? [picker.element] : [])),
    told, grid.element,
    h("div", { class: "es-row" }, keyLegend([["← → ↑ ↓", "cell"], ["Home End", "ends of the row"],
      ["Page Up Page Down", "append back, on"]]),
    h("span", { class: "es-keys" }, "● the newest append   ◆ primary key")),
    panels.element);

  function show() {
    const hadFocus = grid.hasFocus();
    shown = rows.filter((row) => row.append <= append && (!stream || row.stream_id === stream));
    shown.sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.number - b.number);
    grid.show(shown, remarks(shown, Boolean(stream)), append);
    range.set(append);
    told.textContent = summary(shown, append, appends, stream);
    const isHere = at.row < 0 || shown.some((row) => row.number === at.row);
    Object.assign(frame.root.dataset, { append, rows: shown.length });
    point(isHere ? at : { ...at, row: shown.length ? shown[shown.length - 1].number : -1 }, hadFocus);
  }

  function point(cell, focus) {
    at = cell;
    panels.show(columns[at.column], rows[at.row], at.column);
    grid.point(at, focus);
  }

  function goTo(newAppend) {
    append = clamp(newAppend, 0, appends);
    show();
    tellSoon();
  }

  function moveBy(down, right) {
    const order = [-1, ...shown.map((row) => row.number)];
    point({
      row: order[clamp(order.indexOf(at.row) + down, 0, order.length - 1)],
      column: clamp(at.column + right, 0, columns.length - 1),
    }, true);
  }

  onKeys(frame.root, {
    ArrowLeft: (n) => moveBy(0, -n), ArrowRight: (n) => moveBy(0, n),
    ArrowUp: (n) => moveBy(-n, 0), ArrowDown: (n) => moveBy(n, 0),
    Home: () => moveBy(0, -Infinity), End: () => moveBy(0, Infinity),
    PageUp: (n) => goTo(append - n), PageDown: (n) => goTo(append + n),
  });

  const follow = () => {
    const cell = modelCell();
    if (cell.row === at.row && cell.column === at.column) return;
    const isHere = cell.row === -1 || shown.some((row) => row.number === cell.row);
    point(isHere ? cell : at, false);
  };
  frame.on({
    "change:append": () => { append = model.get("append"); show(); },
    "change:stream_id": () => {
      stream = model.get("stream_id");
      picker.set(stream);
      show();
    },
    "change:row": follow,
    "change:column": follow,
  });
  show();
}

export default { render };
