// A process that spans streams: messages between its actors in the order of time, one by one, and
// where the money is after each.

const LANES = ["customer", "clock", "process", "sender", "transit", "receiver", "suspense"];
const HOLDERS = ["sender", "transit", "receiver", "suspense"];
const PITCH = 38; // pixels from one thing that happens to the next
const NARROWEST = 640;

const laneName = (name) => (name === "transit" ? "in transit" : name);

// Who gave and who got between two frames; null where no money moved.
function moved(before, after) {
  const change = (name) => after.balances[name] - before.balances[name];
  const from = HOLDERS.find((name) => change(name) < 0);
  const to = HOLDERS.find((name) => change(name) > 0);
  return from && to ? { from, to, amount: change(to) } : null;
}

function sentence({ actor, other, text, kind }) {
  const who = actor === other ? actor : `${actor} to ${other}`;
  return kind === "failure" || kind === "manager" ? text : `${who}: ${text}`;
}

// --- the lanes -----------------------------------------------------------------------------------

// One thing that happened, at the height `y`: an arrow or a dot, its words, and the coin's way.
function drawFrame(one, number, y, x, coin, dies) {
  const [from, to] = [x(one.actor), x(one.other)];
  const words = dies ? `⚡ ${one.text}` : one.text;
  const parts = [svg("text", { x: 4, y: y + 4, class: "es-muted" }, String(number))];
  if (from === to) {
    parts.push(svg("circle", { cx: from, cy: y, r: 4, class: "es-dot" }),
      svg("text", { x: from + 12, y: y + 4, class: "es-words" }, words));
  } else {
    const back = from < to ? -7 : 7;
    parts.push(
      svg("line", { x1: from, y1: y, x2: to, y2: y, class: "es-arrow" }),
      svg("path", { d: `M${to} ${y}l${back} -4v8z`, class: "es-tip-of" }),
      svg("text", { x: (from + to) / 2, y: y - 5, class: "es-words", "text-anchor": "middle" }, words));
  }
  if (coin) {
    const [start, end] = [x(coin.from), x(coin.to)];
    parts.push(
      svg("line", { x1: start, y1: y + 12, x2: end, y2: y + 12, class: "es-way" }),
      svg("g", { class: "es-coin", style: `--es-from: ${start - end}px` },
        svg("circle", { cx: end, cy: y + 12, r: 8 }),
        svg("text", { x: end, y: y + 16, "text-anchor": "middle" }, "€")));
  }
  return svg("g", { class: `es-one es-is-${one.kind}` }, ...parts);
}

// From when until when there was a manager: pairs of heights. One that dies is followed by another.
function managers({ dies_after: death }, shown, yOf) {
  const end = shown ? yOf(shown - 1) + PITCH / 2 : PITCH / 2;
  if (!death || shown <= death) return [[0, end]];
  return [[0, yOf(death)], ...(shown > death + 1 ? [[yOf(death + 1), end]] : [])];
}

function lanes() {
  const heads = svg("svg", { class: "es-heads", height: 22, "aria-hidden": "true" });
  const flow = svg("svg", { "aria-hidden": "true" });
  const told = h("ol", { class: "es-hidden" });
  const element = h("div", {
    class: "es-scroll", tabindex: "0", role: "region", "aria-label": "What has happened",
  }, told, heads, flow);

  function show(run, index) {
    const width = Math.max(NARROWEST, element.clientWidth - 4);
    const x = (name) => 24 + ((width - 60) * (LANES.indexOf(name) + 0.5)) / LANES.length;
    const yOf = (i) => 24 + PITCH * i;
    const frames = run.frames.slice(0, index);
    const height = Math.max(yOf(frames.length), element.clientHeight - 30);
    const names = LANES.map((name) =>
      svg("text", { x: x(name), y: 15, "text-anchor": "middle" }, laneName(name)));
    const lines = LANES.map((name) =>
      svg("line", { x1: x(name), y1: 0, x2: x(name), y2: height, class: "es-lane" }));
    const bars = managers(run, frames.length, yOf).map(([from, to]) =>
      svg("rect", { x: x("process") - 4, y: from, width: 8, height: to - from, class: "es-alive" }));
    const drawn = frames.map((one, i) =>
      drawFrame(one, i + 1, yOf(i), x, i ? moved(frames[i - 1], one) : null,
        i > 0 && i === run.dies_after));
    drawn.at(-1)?.classList.add("es-new");
    for (const picture of [heads, flow]) picture.setAttribute("width", width);
    flow.setAttribute("height", height);
    heads.replaceChildren(...names);
    const newest = frames.length ? [svg("rect",
      { x: 0, y: yOf(frames.length - 1) - 17, width, height: PITCH, class: "es-now" })] : [];
    flow.replaceChildren(...newest, ...lines, ...bars, ...drawn);
    told.replaceChildren(...frames.map((one) => h("li", {}, sentence(one))));
    element.scrollTop = element.scrollHeight;
    element.scrollLeft = 0;
  }
  return { element, show };
}

// --- the money -----------------------------------------------------------------------------------

// All the money as one bar, a part for each who has some of it.
function purse() {
  const money = moneyFormat("EUR", 2);
  const parts = HOLDERS.map((name) => h("span", { class: `es-held es-of-${name}` }));
  const bar = h("div", { class: "es-purse", "aria-hidden": "true" }, ...parts);
  const shown = Object.fromEntries(HOLDERS.map((name) => [name, readout(laneName(name))]));
  for (const name of HOLDERS) {
    shown[name].element.firstChild.prepend(h("i", { class: `es-patch es-of-${name}` }));
  }
  const all = { phase: readout("the process says"), ...shown, total: readout("together") };
  const show = (first, now) => {
    const { balances, phase } = now ?? { ...first, phase: "new" };
    const total = HOLDERS.reduce((sum, name) => sum + balances[name], 0);
    HOLDERS.forEach((name, i) => {
      parts[i].style.width = `${(100 * balances[name]) / total}%`;
      shown[name].value.textContent = money.text(balances[name]);
    });
    all.phase.value.textContent = phase;
    all.total.value.textContent = money.text(total);
  };
  return { element: h("div", {}, readouts(...Object.values(all)), bar), show };
}

// --- the player ----------------------------------------------------------------------------------

function rehearsed(packed) {
  const plain = bySwitches(packed.filter(({ dies_after }) => !dies_after), ({ failures }) => failures);
  const deaths = new Map(packed.filter(({ dies_after }) => dies_after)
    .map((run) => [`${plain.keyOf(run.failures)} ${run.dies_after}`, run]));
  const get = (on, diesAfter) =>
    (diesAfter ? deaths.get(`${plain.keyOf(on)} ${diesAfter}`) : plain.get(on));
  return { names: plain.names, canDie: deaths.size > 0, get };
}

function render(context) {
  const { model } = context;
  const rehearsals = rehearsed(unpack(model.get("packed")));
  let run;
  let index;
  let problem = "";
  const take = () => {
    run = rehearsals.get(model.get("on"), model.get("dies_after")) ?? run;
    index = Math.min(model.get("index"), run.frames.length);
  };
  take();

  const frame = createFrame(context, "es-saga", { tabindex: "0" });
  const { tell } = frame.teller(() => ({ on: run.failures, dies_after: run.dies_after, index }));
  const failures = switches("In its way", rehearsals.names, (on) => go(rehearsals.get(on, 0), 0));
  const clock = createStepPlayer(frame, () => move(1), () => index === run.frames.length && go(run, 0));
  const death = button("", null, strike, { class: "es-strike" });
  const money = purse();
  const messages = lanes();
  const status = h("div", { class: "es-status", role: "status" });
  failures.element.hidden = !rehearsals.names.length;
  const { canDie } = rehearsals;
  frame.put(frame.title, h("div", { class: "es-row" }, failures.element),
    h("div", { class: "es-row" },
      ...stepper(["To the start", "One back", "One on", "To the end"], byHand, clock.play),
      ...(canDie ? [death] : []),
      keyLegend([["← →", "step"], ["Home End", "start, end"], ["Space", "play"],
        ...(canDie ? [["D", "dies"]] : [])])),
    money.element, messages.element, status);
  onKeys(frame.root, { ...arrows(byHand), " ": clock.toggle, ...(canDie && { d: strike, D: strike }) });

  // Whether there was another step.
  function move(by) {
    const before = index;
    go(run, clamp(index + by, 0, run.frames.length));
    return index !== before && index < run.frames.length;
  }

  function byHand(by) {
    clock.stop();
    move(by);
  }

  // The manager dies where the learner stands, or is as if it had not died.
  function strike() {
    clock.stop();
    if (run.dies_after) return go(rehearsals.get(run.failures, 0), Math.min(index, run.dies_after));
    go(rehearsals.get(run.failures, index || -1), index + 1);
  }

  function go(found, at) {
    problem = found ? "" : noDeath();
    if (found) [run, index] = [found, at];
    show();
    tell();
  }

  function noDeath() {
    if (index === 0) return "Nothing has begun yet: one step on, and the manager can die.";
    if (index === run.frames.length) return "All is over: nobody is needed any more.";
    return "This was not rehearsed: switch a failure off.";
  }

  function show() {
    failures.set(run.failures);
    const now = run.frames[index - 1];
    const behind = now && now.on_its_way !== now.balances.transit;
    death.textContent = run.dies_after ? "↺ Without the death" : "⚡ The manager dies here";
    status.textContent = problem
      || (behind ? "The account has answered; the process has not noted it yet." : "");
    money.show(run.frames[0], now);
    paint();
    frame.say(now ? `${sentence(now)}. The process is ${now.phase}.` : "");
    Object.assign(frame.root.dataset,
      { index, of: run.frames.length, phase: now ? now.phase : "new", diesAfter: run.dies_after });
  }

  const paint = frame.painter(() => messages.show(run, index));
  const follow = () => {
    take();
    show();
  };
  frame.on({ "change:index": follow, "change:on": follow, "change:dies_after": follow });
  show();
}

export default { render };
