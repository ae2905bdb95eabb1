// Blocks of a card: a label over text, a list or code; what is folded opens at its label.
// In text, `this` is code.

function prose(text) {
  return text.split(/(`[^`]+`)/).map((part) =>
    part.length > 2 && part.startsWith("`") ? h("code", {}, part.slice(1, -1)) : part);
}

// A line of code: its number behind a mark, and its text, in the pieces that Python found in it.
function codeLine(number, mark, text, pieces = [["", text]]) {
  return [h("span", { class: "es-at" }, `${mark}${number}`),
    h("span", {}, ...(text ? pieces.map(([kind, part]) => h("span", { class: kind ? `es-code-${kind}` : null }, part)) : [" "]))];
}

function codeLines(code, marked = [], kind = "es-fault", colours = []) {
  return h("div", { class: "es-code", tabindex: "0", role: "group", "aria-label": "Code" },
    ...code.split("\n").map((line, i) => {
      const here = marked.includes(i + 1);
      return h("div", { class: here ? kind : null }, ...codeLine(i + 1, here ? "▸ " : "", line, colours[i]));
    }));
}

// Ctrl+Enter, and on a Mac ⌘Enter, sends what was typed.
const sends = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey);
const SEND_KEY = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘ Enter" : "Ctrl Enter";

// A field that is sent by these keys; the notebook would take its other ones. Escape leaves it.
function sendingField(label, rows, send, { leave = () => {}, ...attributes } = {}) {
  return h("textarea", {
    class: "es-code-field", rows: String(rows), "aria-label": label, spellcheck: "false",
    autocomplete: "off", autocapitalize: "off", ...attributes,
    keydown: (event) => {
      event.stopPropagation();
      if (event.key === "Escape") leave();
      if (!sends(event)) return;
      event.preventDefault();
      send();
    },
  });
}

function block({ label, text, items, code, marked, colours, folded }) {
  return h(folded ? "details" : "div", { class: "es-block" },
    ...(label ? [h(folded ? "summary" : "h4", {}, label)] : []),
    ...(text ? [h("p", {}, ...prose(text))] : []),
    ...(items?.length ? [h("ul", {}, ...items.map((item) => h("li", {}, ...prose(item))))] : []),
    ...(code ? [codeLines(code, marked, label === "The cure" ? "es-cured" : "es-fault", colours)] : []));
}

// A frame whose trait `view` is what a room in Python says, and what is asked of that room.
function createDesk(context, kind, attributes) {
  const frame = createFrame(context, `es-desk ${kind}`, attributes);

  // Without a kernel nothing answers, and the desk says so.
  const ask = (command) => {
    try {
      if (frame.model.widget_manager?.kernel?.isDisposed) throw new Error("no kernel");
      frame.model.send(command);
    } catch (problem) {
      console.info("The kernel is gone.", problem);
      frame.error.textContent =
        "The kernel is gone. Run the cell again: what was rated and noted is kept.";
    }
  };
  const follow = (show) => {
    frame.on({ "change:view": show });
    show();
  };
  return Object.assign(frame, { ask, follow, view: () => frame.model.get("view") });
}

// --- what desks with a clock and a report share --------------------------------------------------

const clockText = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

// Python keeps the clock, and here it runs on between two words of Python. `rests(view)` says whether
// it waits though it is started, `tick(view, elapsed)` shows what else goes by it.
function createClock({ signal }, label, pauseButton, { rests = () => false, tick = () => {} } = {}) {
  const left = readout(label);
  let view = null;
  let base = 0; // seconds on the clock when it was last started here
  let startedAt = null;
  const elapsed = () => base + (startedAt === null ? 0 : (performance.now() - startedAt) / 1000);

  function show() {
    const seconds = view.minutes * 60 - elapsed();
    left.value.textContent = seconds >= 0 ? clockText(seconds) : `${clockText(-seconds)} over`;
    left.value.classList.toggle("es-over", seconds < 0);
    tick(view, elapsed());
  }

  const set = (next) => {
    const now = elapsed();
    view = next;
    base = Math.max(view.elapsed, view.running ? now : 0); // Python's work takes time as well
    startedAt = view.running && !rests(view) ? performance.now() : null;
    pauseButton.textContent = view.running ? "❚❚ Pause" : view.elapsed > 0 ? "▶ Go on" : "▶ Start the clock";
    pauseButton.hidden = view.finished;
    show();
  };
  const hands = setInterval(show, 250);
  signal.addEventListener("abort", () => clearInterval(hands));
  return { element: left.element, set, elapsed, runs: () => startedAt !== null };
}

// `inPython` is how the same report is had there.
function reportParts({ id, report }, inPython) {
  const link = h("a", {
    href: `data:text/markdown;charset=utf-8,${encodeURIComponent(report)}`, download: `${id}.md`,
  }, "Save the report");
  return [
    h("div", { class: "es-row" }, h("b", {}, "Finished. Your report:"), link,
      h("span", { class: "es-muted" }, `In Python: ${inPython}`)),
    h("div", { class: "es-report", tabindex: "0", role: "region", "aria-label": "Report" },
      ...markdown(report)),
  ];
}

// Text in which `a call` is code with a button that copies it.
function withCalls(text, plain) {
  return text.split(/(?<!\\)(`[^`]+`)/).flatMap((part) => {
    if (!/^`.+`$/.test(part)) return [plain(part)];
    const call = part.slice(1, -1);
    const copy = button("Copy", `Copy ${call}`, () => {
      navigator.clipboard?.writeText(call).then(() => { copy.textContent = "✓ Copied"; });
    });
    return [h("code", {}, call), " ", copy];
  });
}

// The few forms of Markdown that a report has, as elements: nothing in it can become markup.
function markdown(text) {
  const plain = (line) => line.replace(/\\([\\`*_[\]<>#|~$!&])/g, "$1");
  const found = [];
  let rows = null;
  for (const line of text.split("\n")) {
    if (!line.startsWith("| ")) rows = null;
    if (line.startsWith("# ")) found.push(h("h3", {}, plain(line.slice(2))));
    else if (line.startsWith("## ")) found.push(h("h4", {}, plain(line.slice(3))));
    else if (line.startsWith("| ---")) continue;
    else if (line.startsWith("| ")) {
      const cells = line.slice(2, -2).split(" | ").map(plain);
      if (!rows) {
        rows = h("tbody", {});
        const head = h("tr", {}, ...cells.map((cell) => h("th", { scope: "col" }, cell)));
        found.push(h("table", { class: "es-table" }, h("thead", {}, head), rows));
      } else rows.append(h("tr", {}, ...cells.map((cell) => h("td", {}, cell))));
    } else if (line.startsWith("> ")) found.push(h("blockquote", {}, plain(line.slice(2))));
    else if (line.startsWith("- ")) found.push(h("p", {}, "• ", ...withCalls(line.slice(2), plain)));
    else if (line) found.push(h("p", {}, plain(line.replace(/^\*\*(.*?)\*\*/, "$1"))));
  }
  return found;
}
