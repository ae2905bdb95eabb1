// Two projections of the same events, and a button that crashes both. What is shown is a fold over
// the moves, made by machine.js. The words come from Python.

const PACE = { slow: 1500, normal: 750, fast: 250 }; // milliseconds a step
const ENOUGH = 5000; // moves; Python takes no more

function render({ model, el }) {
  const { events, opening, currency, digits, cures, titles, keeps, says } =
    unpack(model.get("packed"));
  const amounts = events.map(({ amount }) => amount);
  const money = moneyFormat(currency, digits);
  const positionOf = (n) => (n ? events[n - 1].position : events[0].position - 1);
  let moves = model.get("moves");
  let cure = model.get("cure");
  let states = fold();

  function fold() {
    const all = [openingState(amounts, opening)];
    for (const move of moves) all.push(evolveLab(all[all.length - 1], move, amounts, cure));
    return all;
  }
  const now = () => states[states.length - 1];

  // --- controls

  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);
  const play = h("button", { type: "button", class: "es-play", click: () => toggle() });
  let pace = PACE.normal;
  const speed = select("Speed", Object.entries(PACE).map(([name, ms]) => [ms, name]), pace,
    (value) => { pace = Number(value); if (timer) start(); });
  const crashButton = h("button", { type: "button", class: "es-crash", click: () => move("c") },
    "⚡ Crash both");
  const cureButtons = cures.map(([key]) =>
    h("button", { type: "button", click: () => choose(key) }));

  // --- the two projections

  const panel = (label, ...children) =>
    h("section", { tabindex: "0", role: "region", "aria-label": label }, ...children);
  const lanes = ["left", "right"].map((side) => {
    const name = h("h4", {});
    const balance = h("span", { class: "es-balance" });
    const verdict = h("span", { class: "es-verdict" });
    const did = h("div", { class: "es-did" });
    const facts = ["checkpoint", "lag", "kept with it"].map((fact) => [fact, h("td", {})]);
    const table = h("table", { class: "es-table" }, ...facts.map(([fact, cell]) =>
      h("tr", {}, h("th", { scope: "row" }, fact), cell)));
    const element = panel(`The ${side} projection`, name, h("div", {}, balance, verdict), did, table);
    return { side, element, name, balance, verdict, did, facts: facts.map(([, cell]) => cell) };
  });

  // --- the events, and what became of each

  const rows = events.map(({ label, signed, position }) => {
    const cells = lanes.map(() => h("td", {}));
    const element = h("tr", {}, h("th", { scope: "row" }, count(position)),
      h("td", { dir: "auto", title: label }, label), h("td", { class: "es-sum" }, signed), ...cells);
    return { element, cells };
  });
  const heads = ["position", "event", "amount", "in the left one", "in the right one"];
  const grid = h("table", { class: "es-grid" },
    h("thead", {}, h("tr", {}, ...heads.map((head, i) =>
      h("th", { scope: "col", class: i === 2 ? "es-sum" : "" }, head)))),
    h("tbody", {}, ...rows.map(({ element }) => element)));
  const box = h("div", { class: "es-scroll", tabindex: "0", role: "region",
    "aria-label": "Events" }, grid);

  const arrived = h("span", {});
  const truth = h("b", {});
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-lab", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true", tabindex: "-1", // a click anywhere gives it the keys
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-row" },
    button("⇤", "To the start", () => back(Infinity)),
    button("←", "Take the last move back", () => back(1)),
    play,
    button("→", "One step on", () => on(1)),
    button("⇥", "To the end", () => on(Infinity)),
    crashButton, speed.element,
    keyLegend([["← →", "step"], ["C", "crash"], ["Space", "play"], ["Home End", "start, end"]])),
  h("div", { class: "es-row es-cures", role: "group", "aria-label": "Cure for the left one" },
    h("span", { class: "es-muted" }, "The left one has"), ...cureButtons),
  h("div", { class: "es-row es-true" }, arrived, h("span", {}, "true balance ", truth)),
  h("div", { class: "es-panels" }, ...lanes.map(({ element }) => element)),
  box, error, announcement);
  el.replaceChildren(root);

  // --- moving

  function grow(step) {
    const { down } = now();
    if (moves.length === ENOUGH || (step === "c" ? down : isDone(now()))) return false;
    moves += step;
    states.push(evolveLab(now(), step, amounts, cure));
    return true;
  }

  function move(step) {
    if (grow(step)) changed();
  }

  function on(n) {
    stop();
    while (n > 0 && grow("s")) n -= 1;
    changed();
  }

  function back(n) {
    stop();
    moves = moves.slice(0, Math.max(0, moves.length - n));
    states.length = moves.length + 1;
    changed();
  }

  function choose(key) {
    cure = key;
    states = fold();
    changed();
  }

  let timer = 0;
  function start() {
    clearInterval(timer);
    timer = setInterval(() => {
      if (grow("s")) changed();
      else stop();
    }, pace);
    showPlay();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    showPlay();
  }

  function toggle() {
    if (timer) return stop();
    if (isDone(now())) back(Infinity);
    start();
  }

  function showPlay() {
    play.textContent = timer ? "❚❚ Pause" : "▶ Play";
  }

  const keys = Object.fromEntries(cures.map(([key], i) => [String(i + 1), () => choose(key)]));
  onKeys(root, {
    ...keys,
    ArrowLeft: back, ArrowRight: on, Home: () => back(Infinity), End: () => on(Infinity),
    " ": toggle, c: () => move("c"), C: () => move("c"),
  });

  // --- painting: once a frame at most

  let frame = 0;
  function changed() {
    frame ||= requestAnimationFrame(paint);
    tellSoon();
  }

  const fill = (template, lane) => {
    const { position, signed } = events[lane.at];
    const words = { position, amount: signed, checkpoint: positionOf(lane.checkpoint),
      last: positionOf(lane.applied), applied: lane.applied };
    return template.replace(/\{(\w+)\}/g, (_, name) => words[name]);
  };
  const sum = (n) => amounts.slice(0, n).reduce((total, amount) => total + amount, opening);

  function wrongWords(lane) {
    const wrong = lane.balance - sum(lane.applied);
    if (!wrong) return "✓ right";
    return `✗ ${money.text(Math.abs(wrong))} too ${wrong > 0 ? "much" : "little"}`;
  }

  function lagWords(lane, head) {
    const behind = positionOf(head) - positionOf(lane.checkpoint);
    return behind ? `${count(behind)} position${behind === 1 ? "" : "s"}` : "none";
  }

  function became(lane, i) {
    if (lane.open && lane.did === "begun" && lane.at === i) return "not committed";
    const times = lane.times[i];
    const said = !times ? "" : times === 1 ? "✓ once" : `✗ ${times} times`;
    return lane.skips[i] ? `${said}, then skipped` : said;
  }

  function paint() {
    frame = 0;
    const state = now();
    readColours(root);
    crashButton.setAttribute("aria-disabled", state.down > 0); // disabled, it would lose the focus
    cureButtons.forEach((one, i) => {
      const chosen = cures[i][0] === cure;
      one.setAttribute("aria-pressed", chosen);
      one.textContent = `${chosen ? "● " : "○ "}${cures[i][1]}`;
    });
    arrived.textContent =
      `${count(state.head)} of ${count(events.length)} event${events.length === 1 ? "" : "s"} arrived:`;
    truth.textContent = money.text(sum(state.head));
    for (const shown of lanes) showLane(shown, state);
    showRows(state);
    Object.assign(root.dataset, {
      moves: moves.length, cure, left: state.left.balance, right: state.right.balance,
    });
  }

  function showLane({ side, element, name, balance, verdict, did, facts }, { head, ...state }) {
    const lane = state[side];
    const how = side === "left" ? cure : "transaction";
    name.textContent = titles[how];
    balance.textContent = money.text(lane.balance);
    verdict.textContent = wrongWords(lane);
    const wrong = verdict.textContent.startsWith("✗");
    element.classList.toggle("es-wrong", wrong);
    did.textContent = fill(says[lane.did], lane);
    const texts = [count(positionOf(lane.checkpoint)), lagWords(lane, head), fill(keeps[how], lane)];
    facts.forEach((cell, i) => { cell.textContent = texts[i]; });
  }

  function showRows(state) {
    rows.forEach(({ element, cells }, i) => {
      element.classList.toggle("es-to-come", i >= state.head);
      lanes.forEach(({ side }, j) => {
        const lane = state[side];
        const text = became(lane, i);
        const behind = lane.checkpoint === i + 1;
        cells[j].textContent = `${text}${behind ? " ◀ checkpoint" : ""}`.trim();
        cells[j].classList.toggle("es-new", behind);
        cells[j].classList.toggle("es-wrong", text.startsWith("✗"));
      });
    });
    bringIntoView(rows[Math.max(0, state.head - 1)].element);
  }

  // Scrolls the table, and never the page.
  function bringIntoView(row) {
    const room = row.offsetHeight * 1.5;
    const top = row.offsetTop;
    const below = top + row.offsetHeight + room - box.clientHeight;
    if (below > box.scrollTop) box.scrollTop = below;
    else if (top - 2 * room < box.scrollTop) box.scrollTop = top - 2 * room;
  }

  // --- Python hears of it when the moves rest; without a kernel nobody does, and all goes on

  let soon = 0;
  let telling = false; // setting one trait must not bring back the old value of the other
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(tell, 150);
  }

  function tell() {
    announcement.textContent =
      lanes.map(({ side, did, balance, verdict }) =>
        `${side}: ${did.textContent} ${balance.textContent} ${verdict.textContent}`).join("; ");
    telling = true;
    try {
      model.set("moves", moves);
      model.set("cure", cure);
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    } finally {
      telling = false;
    }
  }

  // --- Python moves it

  function take() {
    if (telling) return;
    if (moves === model.get("moves") && cure === model.get("cure")) return;
    stop();
    moves = model.get("moves");
    cure = model.get("cure");
    states = fold();
    frame ||= requestAnimationFrame(paint);
  }

  const listeners = {
    "change:moves": take,
    "change:cure": take,
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  const repaint = () => { frame ||= requestAnimationFrame(paint); };
  const resized = new ResizeObserver(repaint);
  resized.observe(root);
  const ignoreTheme = onThemeChange(root, repaint);
  showPlay();
  repaint();

  return () => {
    clearInterval(timer);
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
  };
}

export default { render };
