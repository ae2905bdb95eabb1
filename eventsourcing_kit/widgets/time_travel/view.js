// One account at a time: its history as a curve, and the state at the playhead.
// Python has sent what each event did to the state; here these effects are folded again, so that
// any of them can be left out, with or without a kernel.

// --- the fold ------------------------------------------------------------------------------------

// The states after none, one, two … of `events`, leaving out those whose position is in `off`.
function fold(account, events, off) {
  let state = { money: account.opening, fields: account.fields };
  const states = [state];
  for (const event of events) {
    if (!off.has(event.position)) {
      state = { money: state.money + event.delta, fields: { ...state.fields, ...event.set } };
    }
    states.push(state);
  }
  return states;
}

// What the plot and the panels show: one account, in one order, with and without what is off.
function replay(account, order, off) {
  const events = [...account.events];
  events.sort((a, b) => a[order] - b[order] || a.position - b.position);
  return {
    account,
    order,
    off,
    events,
    times: events.map((event) => event[order]),
    states: fold(account, events, new Set()),
    others: off.size ? fold(account, events, off) : null,
    money: moneyFormat(account.currency, account.digits),
  };
}

// --- the playhead --------------------------------------------------------------------------------

// Where it stands: `index` events have happened by `time`; `fraction` is its place on the axis,
// from 0 to 1. `shown` is what it goes through.
function createHead({ accounts, start, end }, model) {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  const timeOfIndex = (i) => (i ? head.shown.times[i - 1] : start);
  const xOfTime = (us) => (us - start) / (end - start);
  const xOfIndex = (i) => (head.by === "event"
    ? i / Math.max(1, head.shown.events.length) : xOfTime(timeOfIndex(i)));
  const place = () => (head.fraction = head.by === "time" ? xOfTime(head.time) : xOfIndex(head.index));
  const head = {
    start, end, xOfTime, xOfIndex, byId,
    by: model.get("by"),
    shown: replay(byId.get(model.get("account")), model.get("order"), new Set(model.get("off"))),
    index: model.get("index"),
    time: microseconds(model.get("time")),
    fraction: 0,
  };
  return Object.assign(head, {
    event: () => head.shown.events[head.index - 1],

    // While it moves it may stand between events; by event, the nearest one is shown.
    seek(value) {
      head.fraction = value;
      if (head.by === "time") {
        head.time = Math.round(start + value * (end - start));
        head.index = countUntil(head.shown.times, head.time);
      } else {
        head.index = Math.round(value * head.shown.events.length);
        head.time = timeOfIndex(head.index);
      }
    },
    goTo(index) {
      head.index = clamp(index, 0, head.shown.events.length);
      head.time = timeOfIndex(head.index);
      head.fraction = xOfIndex(head.index);
    },
    goToTime(us) {
      head.time = us;
      head.index = countUntil(head.shown.times, us);
      place();
    },
    rest() {
      if (head.by === "event") head.fraction = xOfIndex(head.index);
    },
    // The event whose tick is at most `near` from `value`, if any.
    tickAt(value, near) {
      const candidates = [head.index, head.index + 1]
        .filter((i) => i >= 1 && i <= head.shown.events.length);
      const distance = (i) => Math.abs(xOfIndex(i) - value);
      const nearest = candidates.sort((a, b) => distance(a) - distance(b))[0];
      return nearest && distance(nearest) <= near ? nearest : null;
    },
    // Another account, axis, order or set of events: the moment stays.
    change({ account = head.shown.account, by = head.by, order = head.shown.order, off = head.shown.off }) {
      const sameEvents = account === head.shown.account && order === head.shown.order;
      head.by = by;
      head.shown = replay(account, order, off);
      if (!sameEvents) head.index = countUntil(head.shown.times, head.time);
      place();
    },
  });
}

// --- the curve -----------------------------------------------------------------------------------

function drawCurve(slider, colours, head, moneyField) {
  const drawing = startDrawing(slider.canvas);
  const { events, states, others, money, account } = head.shown;
  const inner = slider.innerWidth();
  const x = (part) => MARGIN.left + part * inner;
  const rail = drawing.height - MARGIN.bottom - 12; // the events' ticks stand on this line
  const floor = rail - 18;
  const amounts = states.concat(others ?? []).map((state) => state.money);
  const [low, high] = minMax([...amounts, 0]);
  const y = (amount) => floor - (floor - MARGIN.top) * ((amount - low) / (high - low || 1));
  const xTicks = head.by === "time"
    ? timeTicks(head.start, head.end, inner / 75).map(([us, text]) => [x(head.xOfTime(us)), text])
    : roundTicks(0, events.length, Math.min(events.length || 1, inner / 75))
      .map((i) => [x(head.xOfIndex(i)), count(i)]);
  const yTicks = roundTicks(low, high, 4).map((tick) => [y(tick), money.tick(tick)]);
  drawAxes(drawing, colours, xTicks, yTicks, account.currency || moneyField);
  const xs = states.map((_, i) => x(head.xOfIndex(i)));
  const ys = (list) => list.map((state) => y(state.money));
  drawSteps(drawing, xs, ys(states), x(1), colours.fact);
  if (others) drawSteps(drawing, xs, ys(others), x(1), colours.other, [6, 4]);
  drawEvents(drawing, colours, head.shown, xs.slice(1), rail);
}

// Up: money in. Down: money out. A dot: neither. A cross: switched off.
function drawEvents({ context, width }, colours, { events, off }, xs, rail) {
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(MARGIN.left, rail + 0.5);
  context.lineTo(width - MARGIN.right, rail + 0.5);
  context.stroke();
  context.lineWidth = 1.5;
  context.fillStyle = colours.text;
  events.forEach((event, i) => {
    const x = xs[i];
    const isOff = off.has(event.position);
    context.strokeStyle = isOff ? colours.other : colours.text;
    context.beginPath();
    if (isOff) {
      context.moveTo(x - 4, rail - 4);
      context.lineTo(x + 4, rail + 4);
      context.moveTo(x - 4, rail + 4);
      context.lineTo(x + 4, rail - 4);
    } else if (event.delta) {
      context.moveTo(x, rail);
      context.lineTo(x, rail - 9 * Math.sign(event.delta));
    } else {
      context.arc(x, rail, 2, 0, 2 * Math.PI);
      context.fill();
    }
    context.stroke();
  });
}

// --- the panels ----------------------------------------------------------------------------------

function moneyReadouts(head, moneyField) {
  const moment = readout("Moment");
  const event = readout("Event");
  const balance = readout(`${moneyField}, as it was`, "es-fact");
  const other = readout("", "es-other");
  const difference = readout("Difference");
  const digits = head.end - head.start < 60 * SECOND ? 3 : 0;
  return {
    element: readouts(moment, event, balance, other, difference),
    showTime: () => (moment.value.textContent = timeText(head.time, digits)),
    show: () => {
      const { account, events, states, others, money, off } = head.shown;
      const now = states[head.index].money;
      const without = account.events.filter(({ position }) => off.has(position)).length;
      other.name.textContent = without ? `without ${counted(without, "event")}` : "what if";
      event.value.textContent = `${count(head.index)} of ${count(events.length)}`;
      balance.value.textContent = money.text(now);
      other.value.textContent = others ? money.text(others[head.index].money) : "–";
      difference.value.textContent = others ? money.signed(others[head.index].money - now) : "–";
    },
  };
}

function statePanel(head, moneyField) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table" });
  const show = () => {
    const { states, others, money, account } = head.shown;
    const value = (state, name) =>
      name === moneyField ? money.text(state.money) : state.fields[name];
    const before = states[Math.max(0, head.index - 1)];
    const heads = others
      ? [tr("field", td("as it was", "es-muted"), td("what if", "es-muted"))] : [];
    const rows = account.names.map((name) => {
      const [was, is] = [value(before, name), value(states[head.index], name)];
      const facts = was === is ? td(is)
        : h("td", { class: "es-changed", dir: "auto" }, h("s", {}, was), " → ", h("b", {}, is));
      if (!others) return tr(name, facts);
      const otherwise = value(others[head.index], name);
      return tr(name, facts, td(otherwise, otherwise === is ? null : "es-differs"));
    });
    title.textContent = head.index ? `State after event ${count(head.index)}`
      : "State before any event";
    table.replaceChildren(...heads, ...rows);
  };
  return { element: h("section", {}, title, table), show };
}

function lagText({ recorded_at: recorded, occurred_at: occurred }) {
  const days = Math.floor((recorded - occurred) / DAY);
  return days > 0 ? ` (${counted(days, "day")} later)` : "";
}

function eventPanel(head) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table" });
  const rows = (name, object) => Object.entries(object).map(([key, text]) =>
    tr(`${name}.${key}`, td(text)));
  const show = () => {
    const event = head.event();
    const isOff = event && head.shown.off.has(event.position);
    title.textContent = event ? `Event: ${event.type}${isOff ? " (switched off)" : ""}`
      : "No event yet";
    table.replaceChildren(...(!event ? [] : [
      tr("version", td(`${count(event.version)} of the stream`)),
      tr("position", td(`${count(event.position)} of the store`)),
      tr("occurred_at", td(exactTimeText(event.occurred_at))),
      tr("recorded_at", td(exactTimeText(event.recorded_at) + lagText(event))),
      ...rows("data", event.data), ...rows("metadata", event.metadata),
      tr("schema_version", td(String(event.schema_version)))]));
  };
  return { element: h("section", {}, title, table), show };
}

// The events that are switched off. `toggle` gets the one to switch, `reset` switches all on.
function whatIfRow(head, toggle, reset) {
  const here = button("", null, () => toggle(head.event()));
  const list = h("span", { class: "es-off-list" });
  const all = button("Reset", "Switch every event on again", reset);
  const show = () => {
    const { account, off } = head.shown;
    const event = head.event();
    here.disabled = !event;
    here.textContent = `Switch this event ${event && off.has(event.position) ? "on" : "off"}`;
    const names = account.events.filter(({ position }) => off.has(position)).map((one) => {
      const name = `${one.type}, version ${one.version}`;
      return button(`${name} ✕`, `Switch on again: ${name}`, () => toggle(one));
    });
    list.replaceChildren(...(names.length ? names : ["every event counts"]));
    all.disabled = off.size === 0;
  };
  return { element: h("div", { class: "es-row es-what-if" }, h("b", {}, "What if"), here, list, all), show };
}

// --- the view ------------------------------------------------------------------------------------

// Which account, along which axis, in which order.
function pickers(head, accounts, change) {
  const account = select(accounts.every(({ id }) => id.startsWith("account-")) ? "Account" : "Stream",
    accounts.map(({ id, events }) => [id, `${id} (${count(events.length)} events)`]),
    head.shown.account.id, (id) => change({ account: head.byId.get(id) }));
  const axis = choice("Axis", [["time", "by time"], ["event", "by event"]], head.by,
    (by) => change({ by }));
  const order = choice("Order",
    Object.entries(ORDERS).map(([name, meaning]) => [name, `${name}: ${meaning}`]),
    head.shown.order, (name) => change({ order: name }));
  const show = () => {
    account.set(head.shown.account.id);
    axis.set(head.by);
    order.set(head.shown.order);
  };
  return { element: h("div", { class: "es-row" }, account.element, axis.element, order.element), show };
}

// Paints the curve, and of the rest only what has changed.
function createPainter(frame, head, slider, moneyField, shownMoney, parts) {
  let painted = {}; // what the last frame showed
  let frames = 0; // painted so far, each different from the one before
  const showEvent = () => {
    const { index, time, shown: { events, states, others, money } } = head;
    const now = states[index].money;
    for (const { show } of [shownMoney, ...parts]) show();
    if (!index) frame.say("Before the first event");
    slider.describe(index, events.length,
      `event ${index} of ${events.length}, ${timeText(time)}, ${money.text(now)}`);
    Object.assign(frame.root.dataset,
      { index, balance: now, whatIfBalance: others ? others[index].money : now });
  };
  return frame.painter((afresh) => {
    if (afresh) drawCurve(slider, frame.colours, head, moneyField);
    slider.place(head.fraction);
    shownMoney.showTime();
    if (afresh || painted.index !== head.index) showEvent();
    if (afresh || painted.fraction !== head.fraction) frames += 1;
    frame.root.dataset.frames = frames;
    painted = { index: head.index, fraction: head.fraction };
  });
}

// Python moves it.
function listeners(model, head, change, goTo, goToTime) {
  return {
    "change:account": () => {
      const account = head.byId.get(model.get("account"));
      if (account !== head.shown.account) change({ account });
    },
    "change:by": () => head.by !== model.get("by") && change({ by: model.get("by") }),
    "change:order": () => head.shown.order !== model.get("order") && change({ order: model.get("order") }),
    "change:off": () => {
      const positions = model.get("off");
      if (`${[...head.shown.off]}` !== `${positions}`) change({ off: new Set(positions) });
    },
    "change:index": () => head.index !== model.get("index") && goTo(model.get("index")),
    "change:time": () => {
      const moment = microseconds(model.get("time"));
      if (moment !== head.time) goToTime(moment);
    },
  };
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const { accounts, money_field: moneyField } = packed;
  const head = createHead(packed, model);

  const frame = createFrame(context, "", { "data-frames": "0" });
  const { tell, tellSoon } = frame.teller(() => {
    const { account, order, off, states, money } = head.shown;
    const now = states[head.index].money;
    if (head.event()) {
      frame.say(`Event ${head.index}, ${head.event().type}, ${timeText(head.time)}, `
        + `${moneyField} ${money.text(now)}`);
    }
    return { account: account.id, by: head.by, order, index: head.index, time: isoTime(head.time),
      off: [...off], balance: now };
  });
  const slider = createSlider({
    label: "Playhead", height: 200,
    onSeek: (value) => { player.stop(); seek(value); },
    onSettle: (value, clicked) => { if (clicked) goToTick(value); settle(); },
  });
  const player = createPlayer(frame,
    { getFraction: () => head.fraction, onSeek: seek, onStop: settle });
  const picked = pickers(head, accounts, (what) => { change(what); tell(); });
  const shownMoney = moneyReadouts(head, moneyField);
  const whatIf = whatIfRow(head, toggleOff, () => { change({ off: new Set() }); tell(); });
  const panels = [statePanel(head, moneyField), eventPanel(head)];
  frame.put(frame.title, picked.element, shownMoney.element, slider.element,
    h("div", { class: "es-row" },
      ...stepper(["To the start", "One event back", "One event on", "To the end"], step,
        player.button),
      player.speed,
      keyLegend([["← →", "event"], ["Shift ← →", "ten events"], ["Home End", "start, end"],
        ["Space", "play"], ["X", "off / on"]])),
    whatIf.element, h("div", { class: "es-panels" }, ...panels.map(({ element }) => element)));
  const repaint = createPainter(frame, head, slider, moneyField, shownMoney, [whatIf, ...panels]);

  // --- moving

  function seek(value) {
    head.seek(value);
    repaint();
  }

  function goTo(index) {
    player.stop();
    head.goTo(index);
    repaint();
  }

  function step(events) {
    goTo(head.index + events);
    tellSoon();
  }

  // A click close to a tick means that event, not the moment some hours before it.
  function goToTick(value) {
    const tick = head.tickAt(value, 5 / slider.innerWidth());
    if (tick !== null) goTo(tick);
  }

  function settle() {
    head.rest();
    repaint();
    tell();
  }

  function change(what) {
    player.stop();
    head.change(what);
    picked.show();
    repaint(true);
  }

  function toggleOff(event) {
    if (!event) return;
    const positions = new Set(head.shown.off);
    if (!positions.delete(event.position)) positions.add(event.position);
    change({ off: new Set([...positions].sort((a, b) => a - b)) });
    tell();
  }

  const toggleHere = () => toggleOff(head.event());
  onKeys(frame.root, {
    ...arrows(step), ArrowDown: (n) => step(-n), ArrowUp: step,
    PageDown: () => step(-10), PageUp: () => step(10),
    " ": player.toggle, x: toggleHere, X: toggleHere,
  });

  frame.on(listeners(model, head, change, goTo, (moment) => { head.goToTime(moment); repaint(); }));
  change({});
}

export default { render };
