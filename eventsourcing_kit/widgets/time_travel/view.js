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

const WHOLE = [0, 1];
const NEAREST = 1e-5; // the least part of the axis that can be seen

// --- the playhead --------------------------------------------------------------------------------

// Where it stands: `index` events have happened by `time`; `fraction` is its place on the axis,
// from 0 to 1, of which the part `lens` is on screen. `shown` is what it goes through.
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
    lens: WHOLE,
  };
  return Object.assign(head, {
    event: () => head.shown.events[head.index - 1],

    onScreen: (fraction) => (fraction - head.lens[0]) / (head.lens[1] - head.lens[0]),
    fromScreen: (value) => head.lens[0] + value * (head.lens[1] - head.lens[0]),

    // What is on screen: a part of the axis, from `from` to `to`.
    see(from, to) {
      const width = clamp(to - from, NEAREST, 1);
      const left = clamp(from, 0, 1 - width);
      head.lens = [left, left + width];
    },
    // Larger or smaller by `factor`, and `fraction` stays where it is on screen.
    zoom(factor, fraction) {
      const [from, to] = head.lens;
      const width = clamp((to - from) * factor, NEAREST, 1);
      const left = fraction - head.onScreen(fraction) * width;
      head.see(left, left + width);
    },
    // The lens goes along with the head.
    follow() {
      const [from, to] = head.lens;
      const width = to - from;
      if (head.fraction < from) head.see(head.fraction - width / 10, head.fraction + width * 0.9);
      if (head.fraction > to) head.see(head.fraction - width * 0.9, head.fraction + width / 10);
    },
    // The times at the ends of the lens, in microseconds; by event the whole time.
    ends: () => (head.by === "time" ? head.lens : WHOLE)
      .map((fraction) => Math.round(start + fraction * (end - start))),

    // While it moves it may stand between events; by event, the nearest one is shown.
    seek(value) {
      head.fraction = head.fromScreen(value);
      value = head.fraction;
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
    // The event whose tick is at most `near` from `value` on screen, if any.
    tickAt(value, near) {
      const place = head.fromScreen(value);
      const i = head.by === "event" ? Math.floor(place * head.shown.events.length)
        : countUntil(head.shown.times, start + place * (end - start));
      const candidates = [i, i + 1].filter((n) => n >= 1 && n <= head.shown.events.length);
      const distance = (n) => Math.abs(head.onScreen(xOfIndex(n)) - value);
      const nearest = candidates.sort((a, b) => distance(a) - distance(b))[0];
      return nearest && distance(nearest) <= near ? nearest : null;
    },
    // Another account, axis, order or set of events: the moment stays.
    change({ account = head.shown.account, by = head.by, order = head.shown.order, off = head.shown.off }) {
      const sameEvents = account === head.shown.account && order === head.shown.order;
      if (by !== head.by) head.lens = WHOLE;
      head.by = by;
      head.shown = replay(account, order, off);
      if (!sameEvents) head.index = countUntil(head.shown.times, head.time);
      place();
    },
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
      for (const { element } of [other, difference]) element.hidden = !others;
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
      ...rows("data", event.data), ...rows("metadata", event.metadata),
      tr("version", td(`${count(event.version)} of the stream`)),
      tr("position", td(`${count(event.position)} of the store`)),
      tr("occurred_at", td(exactTimeText(event.occurred_at))),
      tr("recorded_at", td(exactTimeText(event.recorded_at) + lagText(event))),
      tr("schema_version", td(String(event.schema_version)))]));
  };
  return { element: h("section", {}, title, table), show };
}

// The state as its domain draws it. An image: nothing in it can run.
function drawingPanel(head) {
  const image = h("img", { class: "es-drawing" });
  const title = h("h4", {}, "Drawn");
  const show = () => {
    const { account, events, order, off } = head.shown;
    const other = off.size || events.slice(0, head.index).some(({ version }, i) => version !== i + 1);
    title.textContent = other ? `Drawn (${order} or what-if: not known)` : "Drawn";
    image.hidden = Boolean(other);
    image.alt = `The state after event ${head.index}`;
    image.src = `data:image/svg+xml,${encodeURIComponent(account.drawings[head.index])}`;
  };
  return { element: h("section", {}, title, image), show };
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
function pickers(head, { accounts, who, label }, change) {
  const nameOf = ({ id, fields, events }) => {
    const name = label && events.reduce((last, { set }) => set[label] ?? last, fields[label]);
    return name && name !== "–" ? `${name} · ${id}` : id;
  };
  const account = select(accounts.every(({ id }) => id.startsWith("account-")) ? "Account" : "Stream",
    accounts.map((one) => [one.id, `${nameOf(one)} (${count(one.events.length)} events)`]),
    head.shown.account.id, (id) => change({ account: head.byId.get(id) }));
  const axis = choice("Axis", [["time", "by time"], ["event", "by event"]], head.by,
    (by) => change({ by }));
  const order = choice("Order",
    Object.entries(orders(who)).map(([name, meaning]) => [name, `${name}: ${meaning}`]),
    head.shown.order, (name) => change({ order: name }));
  const show = () => {
    account.set(head.shown.account.id);
    axis.set(head.by);
    order.set(head.shown.order);
  };
  const late = accounts.some(({ events }) => events.some(isLate));
  return {
    element: h("div", { class: "es-row" }, account.element, axis.element,
      ...(late ? [order.element] : [])),
    show,
  };
}

// Which events are looked for: of a type, and of at least so much money. The others stay, but pale,
// and the arrow keys pass over them.
function filterRow(head, changed) {
  const wanted = { type: "", least: 0 };
  const types = h("select", { change: () => { wanted.type = types.value; changed(); } });
  const amount = h("input", { type: "number", min: "0", class: "es-amount",
    input: () => {
      wanted.least = (Number(amount.value) || 0) * 10 ** head.shown.account.digits;
      changed();
    } });
  const found = h("span", { class: "es-name" });
  const matches = (event) => (!wanted.type || event.type === wanted.type)
    && Math.abs(event.delta) >= wanted.least;
  const isOn = () => Boolean(wanted.type || wanted.least);
  let listed = null; // the account whose types are offered
  const show = () => {
    const { account } = head.shown;
    if (listed !== account) {
      listed = account;
      const names = [...new Set(account.events.map(({ type }) => type))].sort();
      if (!names.includes(wanted.type)) wanted.type = "";
      types.replaceChildren(h("option", { value: "" }, "all types"),
        ...names.map((name) => h("option", { value: name }, name)));
      types.value = wanted.type;
    }
    found.textContent = isOn()
      ? `${count(account.events.filter(matches).length)} of ${count(account.events.length)}` : "";
  };
  // Which event is the n-th of them from here.
  const next = (n) => {
    const all = head.shown.events.flatMap((event, i) => (matches(event) ? [i + 1] : []));
    const before = all.filter((i) => i < head.index);
    const after = all.filter((i) => i > head.index);
    if (n < 0) return before.at(Math.max(-before.length, n)) ?? 0;
    return after[Math.min(after.length, n) - 1] ?? head.shown.events.length;
  };
  const element = h("div", { class: "es-row" },
    h("label", { class: "es-field" }, h("span", {}, "Look for"), types),
    h("label", { class: "es-field" }, h("span", {}, "of at least"), amount), found);
  return { element, show, matches, isOn, next };
}

// Paints the curve, and of the rest only what has changed.
function createPainter(frame, head, slider, moneyField, shownMoney, filter, parts) {
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
    if (afresh || painted.lens !== head.lens) {
      drawHistory(slider, frame.colours, head, moneyField, filter.matches);
    }
    slider.place(clamp(head.onScreen(head.fraction), -0.05, 1.05));
    shownMoney.showTime();
    if (afresh || painted.index !== head.index) showEvent();
    if (afresh || painted.fraction !== head.fraction) frames += 1;
    frame.root.dataset.frames = frames;
    painted = { index: head.index, fraction: head.fraction, lens: head.lens };
  });
}

// Python moves it.
function listeners(model, head, change, goTo, goToTime, see) {
  const span = () => {
    const moments = ["start", "end"].map((name) => microseconds(model.get(name)));
    if (`${moments}` !== `${head.ends()}`) see(...moments.map(head.xOfTime));
  };
  return {
    "change:start": span,
    "change:end": span,
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

// Zooming: by buttons, by keys, and by the wheel with Ctrl.
function createLens({ signal }, head, slider, changed) {
  const see = (from, to) => { head.see(from, to); changed(); };
  const zoom = (factor, at = head.fraction) => { head.zoom(factor, at); changed(); };
  slider.element.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls, as everywhere
    event.preventDefault();
    zoom(Math.exp(event.deltaY / 300), head.fromScreen(slider.fractionAt(event)));
  }, { passive: false, signal });
  const nearer = () => zoom(0.5);
  const farther = () => zoom(2);
  const whole = () => see(...WHOLE);
  return {
    see,
    element: h("span", { class: "es-buttons" }, button("+", "Zoom in", nearer),
      button("−", "Zoom out", farther), button("all", "Show all of the time", whole)),
    keys: { "+": nearer, "=": nearer, "-": farther, 0: whole },
  };
}

// Says over its tick what the i-th event is; nothing where there is none.
function tellEvent(slider, head, i) {
  if (!i) return slider.tell(0, "");
  const { events, times, states, money } = head.shown;
  const { type, delta } = events[i - 1];
  const moved = delta ? ` ${money.signed(delta)}` : "";
  slider.tell(head.onScreen(head.xOfIndex(i)),
    `${timeText(times[i - 1]).slice(0, 16)} · ${type}${moved} → ${money.text(states[i].money)}`);
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const { accounts, money_field: moneyField } = packed;
  const head = createHead(packed, model);
  if (head.by === "time") {
    head.see(...["start", "end"].map((name) => head.xOfTime(microseconds(model.get(name)))));
  }

  const frame = createFrame(context, "", { "data-frames": "0" });
  const { tell, tellSoon } = frame.teller(() => {
    const { account, order, off, states, money } = head.shown;
    const now = states[head.index].money;
    if (head.event()) {
      frame.say(`Event ${head.index}, ${head.event().type}, ${timeText(head.time)}, `
        + `${moneyField} ${money.text(now)}`);
    }
    const [from, to] = head.ends().map(isoTime);
    return { account: account.id, by: head.by, order, index: head.index, time: isoTime(head.time),
      off: [...off], balance: now, start: from, end: to };
  });
  const slider = createSlider({
    label: "Playhead", height: 218,
    onSeek: (value) => { player.stop(); seek(value); },
    onSettle: (value, clicked) => { if (clicked) goToTick(value); settle(); },
    onBrush: (from, to) => lens.see(...[from, to].map(head.fromScreen)),
    onHover: (value) => tip.show(value === null ? null : head.tickAt(value, 8 / slider.innerWidth())),
  });
  const tip = createTip(frame, slider, () => head.index, (i) => tellEvent(slider, head, i));
  const player = createPlayer(frame, {
    getFraction: () => head.onScreen(head.fraction), onSeek: seek, onStop: settle,
  });
  const lens = createLens(frame, head, slider, () => { player.stop(); repaint(); tellSoon(); });
  const filter = filterRow(head, () => { filter.show(); repaint(true); });
  const picked = pickers(head, packed, (what) => { change(what); tell(); });
  const shownMoney = moneyReadouts(head, moneyField);
  const whatIf = whatIfRow(head, toggleOff, () => { change({ off: new Set() }); tell(); });
  const panels = [statePanel(head, moneyField), eventPanel(head)];
  if (accounts.some(({ drawings }) => drawings.length)) panels.unshift(drawingPanel(head));
  frame.put(frame.title, picked.element, shownMoney.element, slider.element, legend(head),
    h("div", { class: "es-row" },
      ...stepper(["To the start", "One event back", "One event on", "To the end"], step,
        player.button),
      player.speed, lens.element),
    keyLegend([["← →", "event"], ["Shift ← →", "ten events"], ["Home End", "start, end"],
      ["Space", "play"], ["X", "off / on"], ["+ − 0", "zoom"], ["Shift drag", "zoom to"]]),
    h("div", { class: "es-row" }, whatIf.element, filter.element),
    h("div", { class: `es-panels es-of-${panels.length}` },
      ...panels.map(({ element }) => element)));
  const repaint = createPainter(frame, head, slider, moneyField, shownMoney, filter,
    [whatIf, filter, ...panels, { show: tip.follow }]);

  // --- moving

  function seek(value) {
    head.seek(value);
    repaint();
  }

  function goTo(index) {
    player.stop();
    head.goTo(index);
    head.follow();
    repaint();
  }

  // With a filter, from one event that is looked for to the next.
  function step(events) {
    goTo(filter.isOn() && Number.isFinite(events) ? filter.next(events) : head.index + events);
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
    ...lens.keys,
  });
  frame.on(listeners(model, head, change, goTo,
    (moment) => { head.goToTime(moment); repaint(); }, lens.see));
  change({});
}

export default { render };
