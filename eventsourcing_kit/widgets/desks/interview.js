// A mock interview: the stages, the clock, the question, notes, the answer to compare with.

const SCORES = ["weak", "good", "strong"];
const clockText = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

function render({ model, el }) {
  let view = model.get("view");
  let base = view.elapsed; // seconds on the clock when it was last started here
  let startedAt = view.running ? performance.now() : null;
  let pending = 0; // a note that is not sent yet
  let shownStep = null;
  const elapsed = () => base + (startedAt === null ? 0 : (performance.now() - startedAt) / 1000);
  const draftKey = (step) => `es-${view.id}-${step}`;

  const button = (text, click) => h("button", { type: "button", click }, text);
  const total = readout("Left of the interview");
  const stageTime = readout("This stage");
  const pause = button("", () => send({ run: !view.running }));
  const waits = h("span", { class: "es-muted" }, "The clock waits while you compare.");
  const rail = h("ol", { class: "es-rail", "aria-label": "Stages" });
  const heading = h("h4", { class: "es-heading" });
  const asks = h("div", { class: "es-asks" });
  const notes = h("textarea", {
    class: "es-code-field es-notes", rows: "6", "aria-label": "Your notes", input: typed,
    placeholder: "Say it aloud. Note here what you would write on the board.",
  });
  const turn = button("Compare with a good answer", () => send({ show: true }));
  const rates = SCORES.map((name, i) => h("button", { type: "button", click: () => send({ rate: i + 1 }) },
    h("kbd", {}, String(i + 1)), ` ${name}`));
  const back = button("Back", () => send({ go: -1 }));
  const on = button("Skip", () => send({ go: 1 }));
  const buttons = h("div", { class: "es-row es-rates" }, turn, ...rates, back, on);
  const keys = keyLegend([["Ctrl Enter", "compare"], ["Esc", "leave the notes"], ["1 2 3", "weak, good, strong"],
    ["N", "notes"], ["P", "pause"]]);
  const answer = h("div", { class: "es-answer", tabindex: "0", role: "region", "aria-label": "A good answer" });
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const finish = h("div", { class: "es-finish" });
  const room = h("div", { class: "es-room" }, rail, h("div", {}, heading, asks, notes, buttons, keys, answer));
  const root = h("div", {
    class: "es-widget es-desk es-interview", role: "group", "aria-label": model.get("title"), tabindex: "0",
    "data-lm-suppress-shortcuts": "true",
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-row es-clocks" }, total.element, stageTime.element, pause, waits),
  room, finish, error, announcement);
  el.replaceChildren(root);

  onKeys(root, {
    1: () => send({ rate: 1 }), 2: () => send({ rate: 2 }), 3: () => send({ rate: 3 }),
    " ": () => send({ show: true }), p: () => send({ run: !view.running }), n: () => notes.focus(),
    ArrowDown: () => answer.scrollBy({ top: 60 }), ArrowUp: () => answer.scrollBy({ top: -60 }),
  });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === notes) root.focus();
    else if (event.key === "Enter" && event.ctrlKey) send({ show: true });
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // --- what goes to Python

  function send(command) {
    if ("rate" in command && !view.turned) {
      announcement.textContent = "First compare with a good answer.";
      return;
    }
    keep();
    if ("show" in command || "rate" in command) root.focus();
    ask(model, { ...command, step: view.step, elapsed: elapsed() }, error);
  }

  // What is typed is at once in this tab's own storage, and half a second later in Python: a page
  // that is loaded anew in between brings it back.
  function typed() {
    try {
      sessionStorage.setItem(draftKey(view.step), notes.value);
    } catch { /* a browser may forbid it */ }
    clearTimeout(pending);
    pending = setTimeout(keep, 500);
  }

  function keep() {
    if (!pending) return;
    clearTimeout(pending);
    pending = 0;
    ask(model, { note: notes.value, step: view.step, elapsed: elapsed() }, error);
  }

  function draft() {
    try {
      return sessionStorage.getItem(draftKey(view.step));
    } catch {
      return null;
    }
  }

  const heartbeat = setInterval(() => {
    if (startedAt !== null) ask(model, { tick: true, step: view.step, elapsed: elapsed() }, error);
  }, 15_000);
  const hands = setInterval(showClock, 250);

  // --- what is shown

  function showClock() {
    const stage = view.stages[view.number - 1];
    const left = view.minutes * 60 - elapsed();
    total.value.textContent = left >= 0 ? clockText(left) : `${clockText(-left)} over`;
    total.value.classList.toggle("es-over", left < 0);
    const used = stage.spent + elapsed() - view.elapsed;
    stageTime.value.textContent = stage.seconds ? `${clockText(used)} of ${clockText(stage.seconds)}` : "not timed";
    stageTime.value.classList.toggle("es-over", stage.seconds > 0 && used > stage.seconds);
  }

  function show() {
    view = model.get("view");
    const now = elapsed();
    base = Math.max(view.elapsed, view.running ? now : view.elapsed);
    const reads = view.turned && !view.rubric; // comparing takes no time from the interview
    startedAt = view.running && !reads ? performance.now() : null;
    pause.textContent = view.running ? "❚❚ Pause" : view.elapsed > 0 ? "▶ Go on" : "▶ Start the clock";
    waits.hidden = !(view.running && reads);
    pause.hidden = view.finished;
    room.hidden = view.finished;
    rail.replaceChildren(...view.stages.map(({ title, seconds }, i) =>
      h("li", { class: i + 1 === view.number ? "es-now" : null, "aria-current": i + 1 === view.number ? "step" : null },
        h("span", {}, title), h("span", { class: "es-muted" }, seconds ? clockText(seconds) : ""))));
    const part = !view.follow_up ? view.heading
      : view.number === 1 ? `${view.heading}, follow-up` : "A follow-up on the whole design";
    heading.textContent = `${part}${view.topic ? ` · ${view.topic}` : ""}`;
    asks.replaceChildren(...view.asks.map((text) => h("p", {}, ...prose(text))));
    const isNew = view.step !== shownStep;
    if (isNew) {
      const kept = draft();
      const unsent = kept !== null && kept !== view.notes && shownStep === null;
      notes.value = unsent ? kept : view.notes;
      if (unsent) pending = setTimeout(keep, 0);
      answer.scrollTop = 0;
    }
    notes.hidden = view.rubric;
    answer.replaceChildren(...view.answer.map(block));
    answer.hidden = !view.turned;
    turn.hidden = view.turned;
    rates.forEach((rate, i) => {
      rate.hidden = !view.turned;
      rate.setAttribute("aria-pressed", view.rating === i + 1);
    });
    back.disabled = view.place === 1;
    on.textContent = view.rating ? "Next" : "Skip";
    finish.replaceChildren(...(view.finished ? report(view.report) : []));
    if (isNew && shownStep !== null) {
      announcement.textContent = `${view.heading}. ${view.asks.join(" ")}`;
      if (!view.rubric && !view.finished) notes.focus();
      else root.focus();
    }
    shownStep = view.step;
    showClock();
    Object.assign(root.dataset, {
      step: view.step, turned: view.turned, running: view.running, finished: view.finished,
    });
  }

  function report(text) {
    const link = h("a", {
      href: `data:text/markdown;charset=utf-8,${encodeURIComponent(text)}`, download: `${view.id}.md`,
    }, "Save the report");
    return [
      h("div", { class: "es-row" }, h("b", {}, "Finished. Your report:"), link,
        h("span", { class: "es-muted" }, "In Python: es.interview.mocks()[-1]")),
      h("div", { class: "es-report", tabindex: "0", role: "region", "aria-label": "Report" },
        ...markdown(text)),
    ];
  }

  const leave = () => keep();
  window.addEventListener("pagehide", leave);
  const stop = desk({ model, root, error, show });
  return () => {
    keep();
    clearInterval(heartbeat);
    clearInterval(hands);
    window.removeEventListener("pagehide", leave);
    stop();
  };
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
    else if (line.startsWith("- ")) found.push(h("p", {}, `• ${plain(line.slice(2))}`));
    else if (line) found.push(h("p", {}, plain(line.replace(/^\*\*(.*?)\*\*/, "$1"))));
  }
  return found;
}

export default { render };
