// Who sees which field of which event: a grid of verdicts, and the rule and the event of one cell.

const SIGNS = { shown: "● shown", masked: "◐ masked", refused: "– refused" };
const CLASSES = { shown: "es-shown", masked: "es-masked", refused: "es-refused" };

// The grid: its cells are made once, and filled anew for each stream.
function matrixGrid({ actors, rows }, onFocus) {
  const made = rows.map(([type, field], row) => actors.map(([name], column) =>
    h("td", { role: "gridcell", tabindex: "-1", "data-of": `${type} ${field} ${name}`,
      focus: () => onFocus(row, column) })));
  const head = h("tr", { role: "row" },
    h("th", { scope: "col", role: "columnheader" }, "event"),
    h("th", { scope: "col", role: "columnheader" }, "field"),
    ...actors.map(([name, roles]) => h("th", { scope: "col", role: "columnheader", dir: "auto" },
      name, h("br"), h("small", {}, roles))));
  const line = ([type, field], row) => h("tr",
    { role: "row", class: row && rows[row - 1][0] !== type ? "es-first" : null },
    h("td", { role: "gridcell", dir: "auto" }, row && rows[row - 1][0] === type ? "" : type),
    h("th", { scope: "row", role: "rowheader", dir: "auto" }, field), ...made[row]);
  const table = h("table", { class: "es-grid", role: "grid", "aria-label": "Verdicts" },
    h("thead", { role: "rowgroup" }, head), h("tbody", { role: "rowgroup" }, ...rows.map(line)));

  const fill = (stream) => made.forEach((cells, row) => cells.forEach((cell, column) => {
    const { outcome } = stream.cells[row][column];
    cell.textContent = SIGNS[outcome];
    cell.className = CLASSES[outcome];
  }));
  const point = (at, focus) => {
    made.forEach((cells, row) => cells.forEach((cell, column) => {
      const chosen = row === at.row && column === at.column;
      cell.tabIndex = chosen ? 0 : -1;
      cell.classList.toggle("es-at", chosen);
    }));
    if (focus) made[at.row][at.column].focus();
  };
  return { element: h("div", { class: "es-scroll" }, table), fill, point };
}

// What is to be said of a cell: the verdict and its reason, and the event as it is seen.
function verdictPanels() {
  const title = h("h4", {});
  const why = h("div", { dir: "auto" });
  const eventTitle = h("h4", {});
  const eventText = h("pre", { class: "es-value-text", dir: "auto" });
  const element = h("div", { class: "es-panels es-low" },
    panel("The rule that decides", title, why),
    panel("The event as it is seen", eventTitle, eventText));
  const show = (packed, stream, { row, column }) => {
    const [type, field] = packed.rows[row];
    const [name] = packed.actors[column];
    const { outcome, why: reason } = stream.cells[row][column];
    const number = stream.events[row][column];
    title.textContent = `${type}.${field} for ${name}: ${outcome}`;
    why.textContent = reason;
    eventTitle.textContent = `The first ${type} of ${stream.stream_id}, as ${name} sees it`;
    if (number >= 0) eventText.textContent = packed.texts[number];
    else if (stream.has_event[row]) eventText.textContent = "Nothing: it is not among the events.";
    else eventText.textContent = "This stream has no such event.";
  };
  return { element, show };
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const names = packed.streams.map(({ stream_id }) => stream_id);
  let name = model.get("stream_id");
  let at = { row: model.get("row"), column: model.get("column") };
  const stream = () => packed.streams[names.indexOf(name)];

  const frame = createFrame(context, "es-access");
  const { tell, tellSoon } = frame.teller(() => ({ stream_id: name, ...at }));
  const picker = select("Stream", names.map((one) => [one, one]), name, (value) => {
    name = value;
    show();
    tell();
  });
  const grid = matrixGrid(packed, (row, column) => { point({ row, column }, false); tellSoon(); });
  const panels = verdictPanels();
  const told = h("span", { class: "es-keys", role: "status" });
  frame.put(frame.title, h("div", { class: "es-row" }, picker.element, told), grid.element,
    h("div", { class: "es-row" }, keyLegend([["← → ↑ ↓", "cell"], ["Home End", "ends of the row"]])),
    panels.element);

  function show() {
    grid.fill(stream());
    const outcomes = stream().cells.flat().map(({ outcome }) => outcome);
    told.textContent = Object.keys(SIGNS)
      .map((one) => `${outcomes.filter((outcome) => outcome === one).length} ${one}`).join(", ");
    frame.root.dataset.stream = name;
    point(at, false);
  }

  function point(cell, focus) {
    at = cell;
    panels.show(packed, stream(), at);
    grid.point(at, focus);
  }

  function moveBy(down, right) {
    point({
      row: clamp(at.row + down, 0, packed.rows.length - 1),
      column: clamp(at.column + right, 0, packed.actors.length - 1),
    }, true);
  }

  onKeys(frame.root, {
    ArrowLeft: (n) => moveBy(0, -n), ArrowRight: (n) => moveBy(0, n),
    ArrowUp: (n) => moveBy(-n, 0), ArrowDown: (n) => moveBy(n, 0),
    Home: () => moveBy(0, -Infinity), End: () => moveBy(0, Infinity),
  });
  const follow = () => point({ row: model.get("row"), column: model.get("column") }, false);
  frame.on({
    "change:stream_id": () => {
      name = model.get("stream_id");
      picker.set(name);
      show();
    },
    "change:row": follow,
    "change:column": follow,
  });
  show();
}

export default { render };
