// A live build: the clock, the stages, the task, the judge, and the shortest history that is broken.

function buildRail() {
  const element = h("ol", { class: "es-rail", "aria-label": "Stages" });
  const show = ({ stages, number, finished }) => element.replaceChildren(
    ...stages.map(({ title, passed, tries }, i) => {
      const now = !finished && i + 1 === number;
      return h("li", { class: now ? "es-now" : null, "aria-current": now ? "step" : null },
        h("span", {}, `${passed ? "✓ " : ""}${title}`),
        h("span", { class: "es-muted" }, tries ? `${tries}×` : ""));
    }));
  return { element, show };
}

// The history in lanes, with a slider through its turns.
function historyView(frame) {
  const heading = h("h4", {}, "The shortest history that shows it");
  const slider = h("input", { type: "range", class: "es-range", min: 1, step: 1, "aria-label": "Turn",
    input: () => look(slider.valueAsNumber - 1) });
  const told = h("div", { class: "es-answer", "aria-live": "polite" });
  const element = h("div", { class: "es-history" });
  let verdict = null;
  let chart = null;
  let at = 0;

  function look(turn, focus = null) {
    at = clamp(turn, 0, verdict.turns.length - 1);
    slider.value = at + 1;
    const [who, step, note] = verdict.turns[at];
    const isLast = at === verdict.turns.length - 1;
    const right = isLast && verdict.right.length ? ` Right would be: ${verdict.right.join(" or ")}.` : "";
    const came = isLast ? verdict.came : note;
    told.textContent = `${at + 1} of ${verdict.turns.length} · ${who}: ${step}${came ? ` → ${came}` : ""}${/[.?!]$/.test(came) ? "" : "."}${right}`;
    told.classList.toggle("es-bad", isLast);
    draw(focus);
    frame.root.dataset.turn = at + 1;
  }

  function draw(focus = null) {
    if (!chart) return;
    const turns = verdict.turns.map(([who, step, note], i) => [who, step, i > at ? "" : note]);
    chart.draw(turns, frame.root.clientWidth - 26, focus, at);
  }

  const show = (next) => {
    if (next === verdict) return;
    verdict = next;
    chart = null;
    element.hidden = !verdict?.turns.length;
    if (element.hidden) return;
    const names = [...new Set(verdict.turns.map(([who]) => who))].sort();
    chart = laneChart(names.map((name, i) => [i, name]), null, (turn) => look(turn, turn));
    slider.max = verdict.turns.length;
    element.replaceChildren(heading, chart.element,
      h("div", { class: "es-row" }, h("span", { class: "es-muted" }, "time"), slider), told);
    look(verdict.turns.length - 1);
  };
  const move = (by) => { if (chart) look(at + by); };
  return { element, show, draw, move };
}

function render(context) {
  const frame = createDesk(context, "es-build es-race", { tabindex: "0" });
  const { root } = frame;
  let view = frame.view();
  let judged = null; // the verdict that was shown last
  const tell = (command) => frame.ask({ ...command, elapsed: clock.elapsed() });
  const pause = () => tell({ run: !view.running });
  const pauseButton = button("", null, pause);
  const clock = createClock(frame, "Left", pauseButton);
  const rail = buildRail();
  const head = h("span", { class: "es-tag" });
  const task = h("p", { class: "es-question" });
  const asks = h("details", { open: "" }, h("summary", {}, "What is asked, and what you answer"));
  const judgeButton = button("Judge", null, judge);
  const hintButton = button("Hint", null, () => tell({ hint: true }));
  const hintKey = keyLegend([["H", "hint"]]);
  const finish = button("Finish", null, () => tell({ finish: true }));
  const status = h("div", { class: "es-verdict", role: "status" });
  const hint = h("p", { class: "es-hint" });
  const history = historyView(frame);
  const end = h("div", {});
  const work = h("div", { class: "es-room" }, rail.element,
    h("div", {}, task, asks, h("div", { class: "es-row" }, judgeButton, hintButton, finish,
      keyLegend([["J", "judge"], ["P", "pause"], ["← →", "through the history"]]), hintKey),
    status, hint));
  frame.put(frame.title, h("div", { class: "es-row es-clocks" }, clock.element, pauseButton, head),
    work, history.element, end);
  onKeys(root, { j: judge, h: () => view.verdict?.can_hint && tell({ hint: true }), p: pause, ...arrows(history.move) });

  function judge() {
    if (judgeButton.disabled || view.finished) return;
    judgeButton.disabled = true;
    status.className = "es-verdict";
    status.textContent = "Judging: your program is asked, and killed, some hundred times …";
    tell({ judge: true });
  }

  const heartbeat = setInterval(() => clock.runs() && tell({ tick: true }), 15_000);
  frame.signal.addEventListener("abort", () => clearInterval(heartbeat));

  function show() {
    view = frame.view();
    clock.set(view);
    head.textContent = `${view.program}${view.exam ? " · exam: no hints" : ""}`;
    rail.show(view);
    task.replaceChildren(...prose(view.task));
    const methods = view.python ? [h("p", {}, `In a class Store(folder): ${view.python}.`)] : [];
    work.hidden = view.finished;
    clock.element.hidden = view.finished;
    if (view.verdict !== judged) asks.open = !view.verdict || view.verdict.passed; // or the history has no room
    judged = view.verdict;
    asks.replaceChildren(asks.firstChild, ...methods, codeLines(view.asks.join("\n")));
    judgeButton.disabled = view.finished;
    hintButton.hidden = view.exam;
    hintButton.disabled = hintKey.hidden = !view.verdict?.can_hint;
    finish.hidden = view.finished;
    const { verdict } = view;
    status.textContent = verdict ? `${verdict.passed ? "✓" : "✕"} ${verdict.text}` : "";
    status.className = `es-verdict ${!verdict ? "" : verdict.passed ? "es-right" : "es-missed"}`;
    hint.replaceChildren(...(verdict?.hint ? ["Hint: ", ...prose(verdict.hint)] : []));
    history.show(view.finished ? null : verdict);
    end.replaceChildren(...(view.finished ? reportParts(view, "es.interview.builds()[-1]") : []));
    Object.assign(root.dataset, { stage: view.number, finished: view.finished,
      verdict: !verdict ? "none" : verdict.passed ? "passed" : "broken" });
  }
  frame.painter(() => history.draw());
  frame.follow(show);
  frame.on({ "change:error": () => context.model.get("error") && show() }); // an answer of a kind
}

export default { render };
