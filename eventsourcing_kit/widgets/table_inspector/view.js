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

const STREAM_SIGNS = ["■", "▼", "✚", "○", "★", "◇"]; // as picture.py
const MOST_COUNTERS = 6;
const MOST_LANES = 4;
const MOST_PLACES = 32; // positions side by side
const LONG = 24; // characters of a cell; a column with longer ones takes what room is left

// A stream's own sign and colour.
function streamSign(streams, stream) {
  const number = streams.indexOf(stream);
  return h("i", { class: `es-stream es-s${number % 4}`, "aria-hidden": "true" },
    STREAM_SIGNS[number % STREAM_SIGNS.length]);
}

// A number that ticks when it moves on.
function ticker() {
  const element = h("b", {});
  const set = (number) => {
    if (element.textContent === String(number)) return;
    element.textContent = number;
    element.classList.remove("es-tick");
    void element.offsetWidth; // or the animation does not begin anew
    element.classList.add("es-tick");
  };
  return { element, set };
}

// Where the store and each stream have come to. Where there is room each has a lane: positions count
// over all, versions in each.
function placeCounters() {
  const element = h("div", { class: "es-counters", "aria-hidden": "true" });
  const tickers = new Map();
  const counter = (name, number, ...before) => {
    if (!tickers.has(name)) tickers.set(name, ticker());
    tickers.get(name).set(number);
    return h("span", { class: "es-counter" }, ...before, `${name} `, tickers.get(name).element);
  };
  const most = (rows, place) => Math.max(0, ...rows.map((row) => row[place] ?? 0));

  const show = ({ streams, rows: all }, rows, append) => {
    const first = Math.min(...all.map((row) => row.position ?? 0));
    const places = most(all, "position") - first + 1;
    const isPlaced = first > 0;
    const hasLanes = isPlaced && places <= MOST_PLACES
      && streams.length > 1 && streams.length <= MOST_LANES;
    const events = (lane, of, place, kind) => (hasLanes ? of : []).map((row) => h("i", {
      class: `es-place ${kind}${row.append === append ? " es-newest" : ""}`,
      style: `grid-row: ${lane}; grid-column: ${row.position - first + 2}`,
    }, `${row[place]}`));
    const store = isPlaced ? [counter("store: position", most(rows, "position")),
      ...events(1, rows, "position", "es-axis")] : [];
    const each = streams.slice(0, MOST_COUNTERS).flatMap((stream, i) => {
      const own = rows.filter((row) => row.stream_id === stream);
      return [counter(`${stream}: version`, most(own, "version"), streamSign(streams, stream)),
        ...events(i + 2, own, "version", `es-s${i % 4}`)];
    });
    const left = streams.length - MOST_COUNTERS;
    element.classList.toggle("es-in-lanes", hasLanes);
    element.style.setProperty("--es-places", places);
    element.replaceChildren(...store, ...each, left > 0 ? `and ${count(left)} more` : "");
  };
  return { element, show };
}

// What stands at a cell, at length: its column's purpose, its value. `row` is undefined in the head.
function cellPanels() {
  const columnTitle = h("h4", {});
  const columnText = h("div", {});
  const valueTitle = h("h4", {});
  const valueText = h("pre", { class: "es-value-text", dir: "auto" });
  const value = panel("The value at length", valueTitle, valueText);
  const element = h("div", { class: "es-panels es-low" },
    panel("The column", columnTitle, columnText), value);
  const show = (column, row, number) => {
    columnTitle.textContent = `Column ${column.name}${column.is_key ? ": primary key ◆" : ""}`;
    columnText.textContent = column.purpose;
    value.hidden = !row;
    if (!row) return;
    valueTitle.textContent = `${column.name} of ${placeOf(row)}`;
    valueText.textContent = row.full[number];
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
function createGrid(table, onFocus) {
  const { columns } = table;
  const head = h("tr", { role: "row" });
  const body = h("tbody", { role: "rowgroup" });
  const grid = h("table", { class: "es-grid", role: "grid", "aria-label": "Events" },
    h("thead", { role: "rowgroup" }, head), body);
  const element = h("div", { class: "es-scroll" }, grid);
  const isLong = columns.map((_, j) => table.rows.some((row) => row.cells[j].length > LONG));
  let cells = new Map(); // the elements, by "row/column"
  let before = null; // the numbers of the rows that were shown, once there were any

  function cell(tag, row, column, text, attributes) {
    const made = h(tag, { ...attributes, tabindex: "-1", dir: "auto", title: isLong[column] ? text : null,
      focus: () => onFocus({ row, column }) }, text);
    cells.set(`${row}/${column}`, made);
    return made;
  }

  function tableRow(row, isNew) {
    const hasCome = before && !before.has(row.number);
    const kind = `${isNew ? "es-new" : ""}${hasCome ? " es-in" : ""}`;
    return h("tr", { role: "row", class: kind },
      h("th", { scope: "row", role: "rowheader" }, `${isNew ? "● " : ""}${row.append}`),
      ...row.cells.map((text, j) => {
        const made = cell("td", row.number, j, text,
          { role: "gridcell", class: isLong[j] ? "es-long" : null });
        if (columns[j].name === "stream_id" && row.stream_id !== null) {
          made.prepend(streamSign(table.streams, row.stream_id));
        }
        return made;
      }));
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
    before = new Set(rows.map((row) => row.number));
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
  return { element, show, point, hasFocus: () => grid.contains(document.activeElement) };
}

// A slider over the appends, `table.appends` of them. JupyterLab takes some of its keys before it can act on them itself.
function appendRange(table, goTo) {
  const by = { ArrowLeft: -1, ArrowDown: -1, PageUp: -1, Home: -Infinity,
    ArrowRight: 1, ArrowUp: 1, PageDown: 1, End: Infinity };
  const range = h("input", {
    type: "range", class: "es-range", min: 0, step: 1, "aria-label": "Append",
    input: () => goTo(Number(range.value)),
    keydown: (event) => {
      if (!(event.key in by)) return;
      event.preventDefault();
      event.stopPropagation();
      goTo(Number(range.value) + by[event.key]);
    },
  });
  const reached = h("b", {});
  const set = (append) => {
    reached.textContent = `${append} of ${table.appends}`;
    range.max = table.appends;
    range.value = append;
    range.setAttribute("aria-valuetext", `append ${append} of ${table.appends}`);
  };
  return { element: h("label", { class: "es-field es-wide" }, h("span", {}, "Up to append ", reached), range), set };
}

function render(context) {
  const { model } = context;
  const table = {};
  let bytes = null; // what the rows were unpacked from
  const unpackRows = () => {
    if (bytes === model.get("packed")) return false;
    bytes = model.get("packed");
    Object.assign(table, unpack(bytes));
    table.rows.forEach((row, number) => (row.number = number));
    return true;
  };
  unpackRows();
  const { columns } = table;
  const columnNumber = (name) => Math.max(0, columns.findIndex((column) => column.name === name));
  const modelCell = () => ({ row: model.get("row"), column: columnNumber(model.get("column")) });

  let append = model.get("append");
  let stream = model.get("stream_id");
  let shown = []; // the rows in the table
  let at = modelCell();

  const frame = createFrame(context, "es-inspector");
  const { tellSoon } = frame.teller(() =>
    ({ append, stream_id: stream, row: at.row, column: columns[at.column].name }));
  const range = appendRange(table, goTo);
  const raced = model.get("answer")?.stream_id ?? [];
  const streams = [...new Set(table.streams.concat(raced))];
  const picker = select("Stream", [["", "all streams"], ...streams.map((id) => [id, id])], stream,
    (value) => { stream = value; show(); tellSoon(); });
  const grid = createGrid(table, (cell) => { point(cell, false); tellSoon(); });
  const places = placeCounters();
  const panels = cellPanels();
  const told = h("div", { class: "es-hidden", role: "status" });
  const race = model.get("answer") && createRace(frame, grid.element, follow);
  const labels = ["Before the first append", "One append back", "One append on",
    "After the last append"];
  frame.put(frame.title,
    h("div", { class: "es-row" }, range.element,
      h("span", { class: "es-buttons" }, ...stepper(labels, (by) => goTo(append + by))),
      ...(streams.length > 1 ? [picker.element] : []), race?.restart ?? ""),
    race?.element ?? "", places.element, grid.element,
    h("div", { class: "es-row" }, keyLegend([["← → ↑ ↓", "cell"], ["Home End", "ends of the row"],
      ["Page Up Page Down", "append back, on"]]),
    h("span", { class: "es-keys" }, "● the newest append   ◆ primary key")),
    panels.element, told, race?.said ?? "", race?.status ?? "");

  function show() {
    const { rows, appends } = table;
    const hadFocus = grid.hasFocus();
    shown = rows.filter((row) => row.append <= append && (!stream || row.stream_id === stream));
    shown.sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || a.number - b.number);
    grid.show(shown, remarks(shown, Boolean(stream)), append);
    places.show(table, table.rows.filter((row) => row.append <= append), append);
    range.set(append);
    told.textContent = summary(shown, append, appends, stream);
    const isHere = at.row < 0 || shown.some((row) => row.number === at.row);
    Object.assign(frame.root.dataset, { append, rows: shown.length });
    point(isHere ? at : { ...at, row: shown.length ? shown[shown.length - 1].number : -1 }, hadFocus);
  }

  function point(cell, focus) {
    at = cell;
    panels.show(columns[at.column], table.rows[at.row], at.column);
    grid.point(at, focus);
  }

  function goTo(newAppend) {
    append = clamp(newAppend, 0, table.appends);
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

  // What Python has set. With the rows of a race comes the place among them.
  function follow() {
    if (unpackRows()) {
      at = modelCell();
      append = model.get("append");
      stream = model.get("stream_id");
      picker.set(stream);
      return show();
    }
    const cell = modelCell();
    if (cell.row === at.row && cell.column === at.column) return;
    const isHere = cell.row === -1 || shown.some((row) => row.number === cell.row);
    point(isHere ? cell : at, false);
  }
  frame.on({
    "change:append": () => {
      unpackRows();
      append = model.get("append");
      show();
    },
    "change:stream_id": () => {
      stream = model.get("stream_id");
      picker.set(stream);
      show();
    },
    "change:row": follow,
    "change:column": follow,
  });
  show();
  race?.begin();
}

export default { render };
