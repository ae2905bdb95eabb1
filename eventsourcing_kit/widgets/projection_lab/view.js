// Two projections of the same events, and a button that crashes both. What is shown is a fold over
// the moves, made by machine.js. The words come from Python.

const ENOUGH = 5000; // moves; Python takes no more
const SIDES = ["left", "right"];

// --- the moves, and the states that they lead to -------------------------------------------------

function createMoves({ events, opening }, model) {
  const amounts = events.map(({ amount }) => amount);
  let states;
  const now = () => states[states.length - 1];
  const next = (state, move) => evolveLab(state, move, amounts, all.cure);
  const take = (moves, cure) => {
    Object.assign(all, { moves, cure });
    states = [openingState(amounts, opening)];
    for (const move of moves) states.push(next(now(), move));
  };
  // Whether the move could be made.
  const grow = (move) => {
    if (all.moves.length === ENOUGH || (move === "c" ? now().down : isDone(now()))) return false;
    all.moves += move;
    states.push(next(now(), move));
    return true;
  };
  const shrink = (n) => {
    all.moves = all.moves.slice(0, Math.max(0, all.moves.length - n));
    states.length = all.moves.length + 1;
  };
  const all = { now, take, grow, shrink };
  take(model.get("moves"), model.get("cure"));
  return all;
}

// --- the words, as in words.py -------------------------------------------------------------------

function createWords({ events, opening, currency, digits }) {
  const money = moneyFormat(currency, digits);
  const positionOf = (n) => (n ? events[n - 1].position : events[0].position - 1);
  const sum = (n) => events.slice(0, n).reduce((total, { amount }) => total + amount, opening);
  return {
    money, positionOf, sum,
    fill: (template, lane) => {
      const { position, signed } = events[lane.at];
      const words = { position, amount: signed, checkpoint: positionOf(lane.checkpoint),
        last: positionOf(lane.applied), applied: lane.applied };
      return template.replace(/\{(\w+)\}/g, (_, name) => words[name]);
    },
    verdict: (lane, head) => {
      const wrong = lane.balance - sum(lane.applied);
      const last = positionOf(lane.applied);
      const behind = positionOf(head) - last;
      const late = behind ? ` · ${count(behind)} behind` : "";
      if (!wrong) return `✓ right up to position ${count(last)}${late}`;
      return `✗ ${money.text(Math.abs(wrong))} too ${wrong > 0 ? "much" : "little"}${late}`;
    },
    lag: (lane, head) => {
      const behind = positionOf(head) - positionOf(lane.checkpoint);
      return behind ? counted(behind, "position") : "none";
    },
    became: (lane, i) => {
      if (lane.open && lane.did === "begun" && lane.at === i) return "not committed";
      const times = lane.times[i];
      if (!times) return i < lane.applied ? "✗ lost" : "";
      const said = times === 1 ? "✓ once" : `✗ ${times} times`;
      return lane.skips[i] ? `${said}, then skipped` : said;
    },
  };
}

// --- a projection, the events, the cures ---------------------------------------------------------

function lanePanel(side, packed, words) {
  const { titles, keeps, says } = packed;
  const name = h("h4", {});
  const strip = createStrip(packed, words);
  const balance = h("span", { class: "es-balance" });
  const verdict = h("span", { class: "es-verdict" });
  const did = h("div", { class: "es-did" });
  const cells = ["lag", "kept with it"].map((fact) => [fact, h("td", {})]);
  const table = h("table", { class: "es-table" }, ...cells.map(([fact, cell]) => tr(fact, cell)));
  const element = panel(`The ${side} projection`, name, strip.element,
    h("div", {}, balance, verdict), did, table);

  const show = (state, cure) => {
    const { head, [side]: lane } = state;
    const how = side === "left" ? cure : "transaction";
    name.textContent = titles[how];
    balance.textContent = words.money.text(lane.balance);
    verdict.textContent = words.verdict(lane, head);
    strip.show(state, lane, how);
    element.classList.toggle("es-wrong", verdict.textContent.startsWith("✗"));
    did.textContent = words.fill(says[lane.did], lane);
    const facts = [words.lag(lane, head), words.fill(keeps[how], lane)];
    cells.forEach(([, cell], i) => (cell.textContent = facts[i]));
  };
  const said = () =>
    `${side}: ${did.textContent} ${balance.textContent} ${verdict.textContent}`;
  return { element, show, said };
}

// The events, and what became of each.
function eventTable(events, words) {
  const rows = events.map(({ label, signed, position }) => {
    const cells = SIDES.map(() => h("td", {}));
    const element = tr(count(position),
      h("td", { dir: "auto", title: label }, label), h("td", { class: "es-sum" }, signed), ...cells);
    return { element, cells };
  });
  const heads = ["position", "event", "amount", "in the left one", "in the right one"];
  const grid = h("table", { class: "es-grid" },
    h("thead", {}, h("tr", {}, ...heads.map((head, i) =>
      h("th", { scope: "col", class: i === 2 ? "es-sum" : "" }, head)))),
    h("tbody", {}, ...rows.map(({ element }) => element)));
  const box = h("div",
    { class: "es-scroll", tabindex: "0", role: "region", "aria-label": "Events" }, grid);

  // Scrolls the table, and never the page.
  function bringIntoView(row) {
    const room = row.offsetHeight * 1.5;
    const top = row.offsetTop;
    const below = top + row.offsetHeight + room - box.clientHeight;
    if (below > box.scrollTop) box.scrollTop = below;
    else if (top - 2 * room < box.scrollTop) box.scrollTop = top - 2 * room;
  }

  const show = (state) => {
    rows.forEach(({ element, cells }, i) => {
      element.classList.toggle("es-to-come", i >= state.head);
      SIDES.forEach((side, j) => {
        const text = words.became(state[side], i);
        const behind = state[side].checkpoint === i + 1;
        cells[j].textContent = `${text}${behind ? " ◀ checkpoint" : ""}`.trim();
        cells[j].classList.toggle("es-new", behind);
        cells[j].classList.toggle("es-wrong", text.startsWith("✗"));
      });
    });
    bringIntoView(rows[Math.max(0, state.head - 1)].element);
  };
  return { element: box, show };
}

function cureButtons(cures, choose) {
  const actions = cures.map(([key]) => () => choose(key));
  const buttons = cures.map(([, name], i) =>
    dress(button("", null, actions[i]), {}, [h("kbd", { "aria-hidden": "true" }, i + 1), name]));
  const element = h("div",
    { class: "es-row es-cures", role: "group", "aria-label": "Cure for the left one" },
    h("span", { class: "es-muted" }, "The left one has"), ...buttons);
  const show = (cure) =>
    cures.forEach(([key], i) => buttons[i].setAttribute("aria-pressed", key === cure));
  return { element, show, keys: Object.fromEntries(actions.map((action, i) => [i + 1, action])) };
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const { events, cures } = packed;
  const moves = createMoves(packed, model);
  const words = createWords(packed);

  const frame = createFrame(context, "es-lab", { tabindex: "-1" }); // a click gives it the keys
  const lanes = SIDES.map((side) => lanePanel(side, packed, words));
  const { tellSoon } = frame.teller(() => {
    frame.say(lanes.map(({ said }) => said()).join("; "));
    return { moves: moves.moves, cure: moves.cure };
  });
  const clock = createStepPlayer(frame, () => move("s"), () => isDone(moves.now()) && go(-Infinity));
  const strike = () => move("c");
  const crash = button("⚡ Crash both", null, strike, { class: "es-crash" });
  const cure = cureButtons(cures, choose);
  const table = eventTable(events, words);
  const arrived = h("span", {});
  const truth = h("b", {});
  const repaint = frame.painter(() => {
    const state = moves.now();
    crash.setAttribute("aria-disabled", state.down > 0); // disabled, it would lose the focus
    cure.show(moves.cure);
    arrived.textContent = `${count(state.head)} of ${counted(events.length, "event")} have arrived; `
      + "their true balance is ";
    truth.textContent = words.money.text(words.sum(state.head));
    for (const { show } of lanes) show(state, moves.cure);
    table.show(state);
    Object.assign(frame.root.dataset, {
      moves: moves.moves.length, cure: moves.cure,
      left: state.left.balance, right: state.right.balance,
    });
  });
  frame.put(frame.title,
    h("div", { class: "es-row" },
      ...stepper(["To the start", "Take the last move back", "One step on", "To the end"], go,
        clock.play),
      crash, clock.speed,
      keyLegend([["← →", "step"], ["C", "crash"], ["Space", "play"], ["Home End", "start, end"]])),
    cure.element,
    h("div", { class: "es-true" }, arrived, truth),
    h("div", { class: "es-panels es-abreast" }, ...lanes.map(({ element }) => element)), table.element);

  function changed() {
    repaint();
    tellSoon();
  }

  function move(step) {
    const done = moves.grow(step);
    if (done) changed();
    return done;
  }

  // So many steps on; below zero, so many moves back.
  function go(by) {
    clock.stop();
    if (by < 0) moves.shrink(-by);
    else while (by > 0 && moves.grow("s")) by -= 1;
    changed();
  }

  function choose(key) {
    moves.take(moves.moves, key);
    changed();
  }

  onKeys(frame.root, {
    ...cure.keys, ...arrows(go), " ": clock.toggle, c: strike, C: strike,
  });

  function follow() {
    if (moves.moves === model.get("moves") && moves.cure === model.get("cure")) return;
    clock.stop();
    moves.take(model.get("moves"), model.get("cure"));
    repaint();
  }
  frame.on({ "change:moves": follow, "change:cure": follow });
  repaint();
}

export default { render };
