// A mock interview: the stages, the clock, the question, notes, the answer to compare with.

const SCORES = ["weak", "good", "strong"];

// --- the clock, and what the stage has of it -----------------------------------------------------

const comparing = (view) => view.turned && !view.rubric; // takes no time from the interview

function interviewClock(frame, pauseButton) {
  const stageTime = readout("This stage");
  const waits = h("span", { class: "es-muted" }, "The clock waits while you compare.");
  const tick = (view, elapsed) => {
    element.hidden = view.finished;
    const { spent, seconds } = view.stages[view.number - 1];
    const used = spent + elapsed - view.elapsed;
    stageTime.value.textContent = seconds ? `${clockText(used)} of ${clockText(seconds)}` : "not timed";
    stageTime.value.classList.toggle("es-over", seconds > 0 && used > seconds);
    waits.hidden = !(view.running && comparing(view));
  };
  const clock = createClock(frame, "Left of the interview", pauseButton, { rests: comparing, tick });
  const element = h("div", { class: "es-row es-clocks" },
    clock.element, stageTime.element, pauseButton, waits);
  return { ...clock, element };
}

// --- notes: at once in this tab's own storage, half a second later in Python, so that a page that
// is loaded anew in between brings back what was typed ---------------------------------------------

// `send` gets the text that Python has not heard of.
function createNotes(frame, send) {
  const element = h("textarea", {
    class: "es-code-field es-notes", rows: "6", "aria-label": "Your notes", input: typed,
    placeholder: "Say it aloud. Note here what you would write on the board.",
  });
  const soon = frame.later(500, keep);
  let isUnsent = false;
  let key = null; // of the step that they belong to

  function typed() {
    try {
      sessionStorage.setItem(key, element.value);
    } catch { /* a browser may forbid it */ }
    isUnsent = true;
    soon.start();
  }

  function keep() {
    if (!isUnsent) return;
    soon.cancel();
    isUnsent = false;
    send(element.value);
  }

  function draft() {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  }

  // The notes of another step; on the first one a draft counts that Python has not heard of.
  const load = ({ id, step, notes }) => {
    const isFirst = key === null;
    key = `es-${id}-${step}`;
    const kept = draft();
    isUnsent = isFirst && kept !== null && kept !== notes;
    element.value = isUnsent ? kept : notes;
    if (isUnsent) setTimeout(keep, 0);
  };
  window.addEventListener("pagehide", keep, { signal: frame.signal });
  frame.signal.addEventListener("abort", keep);
  return { element, load, keep };
}

// --- the stages, and the question ----------------------------------------------------------------

const MARKS = ["·", "○", "◐", "●"]; // not rated, weak, good, strong

// A stage with its answers' marks, and under them the time that it took of the time that it has.
function stageOf({ title, seconds, spent, marks }, isNow, isBehind) {
  const rated = marks.filter(Boolean);
  const over = seconds > 0 && spent > seconds;
  const words = rated.map((mark) => SCORES[mark - 1]).join(", ");
  const isDone = isBehind && rated.length === marks.length;
  return h("li", { class: isNow ? "es-now" : null, "aria-current": isNow ? "step" : null },
    h("span", {}, `${isDone ? "✓ " : ""}${title}`),
    h("span", rated.length ? { role: "img", "aria-label": words, title: words } : {},
      rated.length ? marks.map((mark) => MARKS[mark]).join("") : ""),
    h("span", { class: over ? "es-over" : "es-muted" }, !seconds ? ""
      : spent ? `${clockText(spent)} of ${clockText(seconds)}${over ? ", over" : ""}` : clockText(seconds)));
}

function stageRail() {
  const element = h("ol", { class: "es-rail", "aria-label": "Stages" });
  const show = ({ stages, number }) => element.replaceChildren(
    ...stages.map((stage, i) => stageOf(stage, i + 1 === number, i + 1 < number)));
  return { element, show };
}

function questionText() {
  const heading = h("h4", { class: "es-heading" });
  const asks = h("div", { class: "es-asks", tabindex: "0", role: "region", "aria-label": "The question" });
  const lines = h("div", { tabindex: "0", role: "region", "aria-label": "The board" });
  const board = h("details", { class: "es-board" }, h("summary", {}, "The case, and your notes so far"), lines);
  const show = (view) => {
    board.hidden = !view.board.length;
    lines.replaceChildren(...view.board.map(block));
    const part = view.depth ? `${view.heading}, follow-up${view.depth > 1 ? ` ${view.depth}` : ""}` : view.heading;
    heading.textContent = view.begun ? `${part}${view.topic ? ` · ${view.topic}` : ""}`
      : `${view.minutes} minutes, ${view.level}`;
    const texts = view.begun ? view.asks
      : ["The first question comes when the clock runs. Say each answer aloud, as you would there."];
    asks.replaceChildren(...texts.map((text) => h("p", {}, ...prose(text))));
    if (comparing(view)) asks.scrollTop = asks.scrollHeight; // to the question, behind what led to it
  };
  return { elements: [heading, asks, board], show };
}

// --- a live task: a bug's line, or a file that is judged -----------------------------------------

function liveTask(send) {
  const code = h("div", {});
  const line = h("input", { type: "number", min: 1, "aria-label": "Line of the fault",
    keydown: (event) => event.key === "Enter" && tryIt() });
  const act = button("", null, tryIt);
  const outcome = h("span", { role: "status" });
  const turns = h("ol", { class: "es-turns" });
  const element = h("div", { class: "es-live" }, code, h("div", { class: "es-row" }, line, act, outcome), turns);
  let isBug = false;

  function tryIt() {
    if (act.disabled || (isBug && !line.value)) return;
    act.disabled = true;
    outcome.textContent = isBug ? "" : "Judging …";
    send({ live: isBug ? { line: line.valueAsNumber } : { judge: true } });
  }

  const show = ({ live, turned }) => {
    element.hidden = !live.kind;
    if (!live.kind) return;
    isBug = live.kind === "bug";
    const { scrollTop } = code.firstChild ?? { scrollTop: 0 };
    code.replaceChildren(codeLines(live.code, live.marked, "es-fault", live.colours));
    code.firstChild.scrollTop = scrollTop;
    line.hidden = !isBug;
    act.textContent = isBug ? "The fault is in this line" : `Judge ${live.program}`;
    act.disabled = live.right || turned;
    outcome.textContent = `${live.right ? "✓ " : ""}${live.outcome}`;
    turns.replaceChildren(...(live.turns ?? []).map((turn) => h("li", {}, turn)));
  };
  return { element, show, enable: () => { act.disabled = false; } };
}

// --- red flags: words are compared, and who said it says so --------------------------------------

function redFlags(send) {
  const list = h("div", {});
  let shown = null; // what stands there, ticked or not; it stays, for what is ticked has the focus
  const element = h("fieldset", { class: "es-flags" },
    h("legend", {}, "Red flags: tick what you said. Each costs a mark."), list);
  const show = ({ flags }) => {
    element.hidden = !flags.length;
    const next = JSON.stringify(flags.map(({ text, near }) => [text, near]));
    if (next !== shown) {
      list.replaceChildren(...flags.map(({ text, near }) => h("label", {},
        h("input", { type: "checkbox", change: (event) => send({ flag: text, owned: event.target.checked }) }),
        h("span", {}, text, ...(near ? [h("q", {}, near)] : [])))));
    }
    shown = next;
    list.querySelectorAll("input").forEach((tick, i) => { tick.checked = flags[i].owned; });
  };
  return { element, show };
}

// What can be done with a question. `send` gets the command.
function stepButtons(send) {
  const turn = button("Compare with a good answer", null, () => send({ show: true }));
  const rates = SCORES.map((name, i) => button("", null, () => send({ rate: i + 1 })));
  rates.forEach((rate, i) => rate.append(h("kbd", {}, String(i + 1)), ` ${SCORES[i]}`));
  const back = button("Back", null, () => send({ go: -1 }));
  const on = button("Skip", null, () => send({ go: 1 }));
  const element = h("div", { class: "es-row es-rates" }, turn, ...rates, back, on);
  const show = ({ begun, turned, rating, place }) => {
    element.hidden = !begun;
    turn.hidden = turned;
    rates.forEach((rate, i) => {
      rate.hidden = !turned;
      rate.setAttribute("aria-pressed", rating === i + 1);
    });
    back.disabled = place === 1;
    on.textContent = rating ? "Next" : "Skip";
  };
  return { element, show };
}

// --- the desk ------------------------------------------------------------------------------------

function render(context) {
  const frame = createDesk(context, "es-interview", { tabindex: "0", keydown: onNoteKey });
  const { root } = frame;
  let view = frame.view();
  let shownStep = null; // "" before the clock has run
  const tell = (command) => frame.ask({ step: view.step, ...command, elapsed: clock.elapsed() });
  const pause = () => send({ run: !view.running });
  const clock = interviewClock(frame, button("", null, pause));
  const notes = createNotes(frame, (note) => tell({ note }));
  const rail = stageRail();
  const question = questionText();
  const live = liveTask(send);
  const flags = redFlags(send);
  const recorder = createRecorder(frame, (step, voice) => tell({ step, voice }));
  const buttons = stepButtons(send);
  const answer = h("div", { class: "es-answer", tabindex: "0", role: "region", "aria-label": "A good answer" });
  const keys = keyLegend([[SEND_KEY, "compare"], ["Esc", "leave the notes"], ["1 2 3", "○ weak, ◐ good, ● strong"],
    ["N", "notes"], ["R", "record"], ["P", "pause"]]);
  const finish = h("div", { class: "es-finish" });
  const yours = h("div", { class: "es-yours" }, notes.element, flags.element, recorder.element);
  const sides = h("div", { class: "es-sides" }, yours, answer);
  const room = h("div", { class: "es-room" }, rail.element,
    h("div", {}, ...question.elements, live.element, buttons.element, sides), keys);
  frame.put(frame.title, clock.element, room, finish);
  onKeys(root, {
    1: () => send({ rate: 1 }), 2: () => send({ rate: 2 }), 3: () => send({ rate: 3 }),
    " ": () => send({ show: true }), p: pause, n: () => notes.element.focus(), r: recorder.flip,
    ArrowDown: () => answer.scrollBy({ top: 60 }), ArrowUp: () => answer.scrollBy({ top: -60 }),
  });

  function onNoteKey(event) {
    if (event.key === "Escape" && event.target === notes.element) root.focus();
    else if (sends(event)) send({ show: true });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function send(command) {
    if (!view.begun && !("run" in command)) return frame.say("First start the clock.");
    if ("rate" in command && !view.turned) return frame.say("First compare with a good answer.");
    notes.keep();
    if ("show" in command || "rate" in command) root.focus();
    tell(command);
  }

  const heartbeat = setInterval(() => clock.runs() && tell({ tick: true }), 15_000);
  frame.signal.addEventListener("abort", () => clearInterval(heartbeat));

  // Where the keys go when another question has come.
  function turnTo() {
    frame.say(`${view.heading}. ${view.asks.join(" ")}`);
    if (view.rubric || view.finished) root.focus();
    else notes.element.focus();
  }

  function show() {
    view = frame.view();
    const step = view.begun ? view.step : "";
    const isNew = step !== shownStep;
    const isFirst = shownStep === null;
    shownStep = step;
    room.hidden = view.finished;
    root.classList.toggle("es-comparing", comparing(view));
    rail.show(view);
    question.show(view);
    if (isNew) {
      notes.load(view);
      answer.scrollTop = 0;
    }
    sides.hidden = !view.begun;
    yours.hidden = view.rubric;
    root.classList.toggle("es-at-work", Boolean(view.live.kind));
    answer.replaceChildren(...view.answer.map(block));
    answer.hidden = !view.turned;
    live.show(view);
    flags.show(view);
    recorder.show(view);
    buttons.show(view);
    finish.replaceChildren(...(view.finished ? reportParts(view, "es.interview.mocks()[-1]") : []));
    if (isNew && !isFirst) turnTo();
    clock.set(view);
    Object.assign(root.dataset, {
      step: view.step, turned: view.turned, running: view.running, finished: view.finished,
    });
  }

  frame.follow(show);
  frame.on({ "change:error": () => context.model.get("error") && live.enable() });
}

export default { render };
