// A mock interview: the stages, the clock, the question, notes, the answer to compare with.

const SCORES = ["weak", "good", "strong"];

// --- the clock, and what the stage has of it -----------------------------------------------------

const comparing = (view) => view.turned && !view.rubric; // takes no time from the interview

function interviewClock(frame, pauseButton) {
  const stageTime = readout("This stage");
  const waits = h("span", { class: "es-muted" }, "The clock waits while you compare.");
  const tick = (view, elapsed) => {
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

function stageRail() {
  const element = h("ol", { class: "es-rail", "aria-label": "Stages" });
  const show = ({ stages, number }) => element.replaceChildren(...stages.map(({ title, seconds }, i) => {
    const now = i + 1 === number;
    return h("li", { class: now ? "es-now" : null, "aria-current": now ? "step" : null },
      h("span", {}, title), h("span", { class: "es-muted" }, seconds ? clockText(seconds) : ""));
  }));
  return { element, show };
}

function questionText() {
  const heading = h("h4", { class: "es-heading" });
  const asks = h("div", { class: "es-asks" });
  const show = (view) => {
    const part = !view.follow_up ? view.heading
      : view.number === 1 ? `${view.heading}, follow-up` : "A follow-up on the whole design";
    heading.textContent = `${part}${view.topic ? ` · ${view.topic}` : ""}`;
    asks.replaceChildren(...view.asks.map((text) => h("p", {}, ...prose(text))));
  };
  return { elements: [heading, asks], show };
}

// What can be done with a question. `send` gets the command.
function stepButtons(send) {
  const turn = button("Compare with a good answer", null, () => send({ show: true }));
  const rates = SCORES.map((name, i) => button("", null, () => send({ rate: i + 1 })));
  rates.forEach((rate, i) => rate.append(h("kbd", {}, String(i + 1)), ` ${SCORES[i]}`));
  const back = button("Back", null, () => send({ go: -1 }));
  const on = button("Skip", null, () => send({ go: 1 }));
  const show = ({ turned, rating, place }) => {
    turn.hidden = turned;
    rates.forEach((rate, i) => {
      rate.hidden = !turned;
      rate.setAttribute("aria-pressed", rating === i + 1);
    });
    back.disabled = place === 1;
    on.textContent = rating ? "Next" : "Skip";
  };
  return { element: h("div", { class: "es-row es-rates" }, turn, ...rates, back, on), show };
}

// --- the desk ------------------------------------------------------------------------------------

function render(context) {
  const frame = createDesk(context, "es-interview", { tabindex: "0", keydown: onNoteKey });
  const { root } = frame;
  let view = frame.view();
  let shownStep = null;
  const tell = (command) => frame.ask({ ...command, step: view.step, elapsed: clock.elapsed() });
  const pause = () => send({ run: !view.running });
  const clock = interviewClock(frame, button("", null, pause));
  const notes = createNotes(frame, (note) => tell({ note }));
  const rail = stageRail();
  const question = questionText();
  const buttons = stepButtons(send);
  const answer = h("div", { class: "es-answer", tabindex: "0", role: "region", "aria-label": "A good answer" });
  const keys = keyLegend([[SEND_KEY, "compare"], ["Esc", "leave the notes"], ["1 2 3", "weak, good, strong"],
    ["N", "notes"], ["P", "pause"]]);
  const finish = h("div", { class: "es-finish" });
  const room = h("div", { class: "es-room" }, rail.element,
    h("div", {}, ...question.elements, notes.element, buttons.element, keys, answer));
  frame.put(frame.title, clock.element, room, finish);
  onKeys(root, {
    1: () => send({ rate: 1 }), 2: () => send({ rate: 2 }), 3: () => send({ rate: 3 }),
    " ": () => send({ show: true }), p: pause, n: () => notes.element.focus(),
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
    if ("rate" in command && !view.turned) return frame.say("First compare with a good answer.");
    notes.keep();
    if ("show" in command || "rate" in command) root.focus();
    tell(command);
  }

  const heartbeat = setInterval(() => clock.runs() && tell({ tick: true }), 15_000);
  frame.signal.addEventListener("abort", () => clearInterval(heartbeat));

  function show() {
    view = frame.view();
    const isNew = view.step !== shownStep;
    room.hidden = view.finished;
    rail.show(view);
    question.show(view);
    if (isNew) {
      notes.load(view);
      answer.scrollTop = 0;
    }
    notes.element.hidden = view.rubric;
    answer.replaceChildren(...view.answer.map(block));
    answer.hidden = !view.turned;
    buttons.show(view);
    finish.replaceChildren(...(view.finished ? reportParts(view, "es.interview.mocks()[-1]") : []));
    if (isNew && shownStep !== null) {
      frame.say(`${view.heading}. ${view.asks.join(" ")}`);
      if (!view.rubric && !view.finished) notes.element.focus();
      else root.focus();
    }
    shownStep = view.step;
    clock.set(view);
    Object.assign(root.dataset, {
      step: view.step, turned: view.turned, running: view.running, finished: view.finished,
    });
  }

  frame.follow(show);
}

export default { render };
