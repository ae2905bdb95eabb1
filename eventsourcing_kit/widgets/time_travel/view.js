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
    events,
    times: events.map((event) => event[order]),
    states: fold(account, events, new Set()),
    others: off.size ? fold(account, events, off) : null,
    money: moneyFormat(account.currency, account.digits),
  };
}

// --- the view ------------------------------------------------------------------------------------

const AXES = [["time", "by time"], ["event", "by event"]];

function render({ model, el }) {
  const { accounts, money_field: moneyField, start, end } = unpack(model.get("packed"));
  const byId = new Map(accounts.map((account) => [account.id, account]));

  // What is shown. `fraction` is the playhead's place on the axis, from 0 to 1.
  let off = new Set(model.get("off"));
  let by = model.get("by");
  let order = model.get("order");
  let shown = replay(byId.get(model.get("account")), order, off);
  let index = model.get("index");
  let time = microseconds(model.get("time"));
  let fraction = 0;

  // --- controls

  const accountPicker = select(accounts.every(({ id }) => id.startsWith("account-")) ? "Account" : "Stream",
    accounts.map(({ id, events }) => [id, `${id} (${count(events.length)} events)`]),
    shown.account.id, (id) => { change({ account: byId.get(id) }); tell(); });
  const axisPicker = choice("Axis", AXES, by, (value) => { change({ by: value }); tell(); });
  const orderPicker = choice("Order",
    Object.entries(ORDERS).map(([name, meaning]) => [name, `${name}: ${meaning}`]),
    order, (value) => { change({ order: value }); tell(); });

  const slider = createSlider({
    label: "Playhead", height: 200,
    onSeek: (value) => { player.stop(); seek(value); },
    onSettle: (value, clicked) => { if (clicked) goToTick(value); settle(); },
  });
  const player = createPlayer({ getFraction: () => fraction, onSeek: seek, onStop: settle });
  const button = (text, label, click) =>
    h("button", { type: "button", "aria-label": label, click }, text);
  const offButton = button("", null, () => toggleOff());
  const resetButton = button("Reset", "Switch every event on again", () => {
    change({ off: new Set() });
    tell();
  });

  // --- readouts

  const atTime = readout("Moment");
  const atEvent = readout("Event");
  const balance = readout(`${moneyField}, as it was`, "es-fact");
  const other = readout("", "es-other");
  const difference = readout("Difference");
  const stateTable = h("table", { class: "es-table" });
  const eventTable = h("table", { class: "es-table" });
  const stateTitle = h("h4", {});
  const eventTitle = h("h4", {});
  const offList = h("span", { class: "es-off-list" });
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });

  const root = h("div", {
    class: "es-widget", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true", // or JupyterLab takes X for "cut this cell"
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-row" }, accountPicker.element, axisPicker.element, orderPicker.element),
  h("div", { class: "es-readouts" },
    atTime.element, atEvent.element, balance.element, other.element, difference.element),
  slider.element,
  h("div", { class: "es-row" },
    button("⇤", "To the start", () => step(-Infinity)),
    button("←", "One event back", () => step(-1)),
    player.button,
    button("→", "One event on", () => step(1)),
    button("⇥", "To the end", () => step(Infinity)),
    player.speed,
    keyLegend([["← →", "event"], ["Shift ← →", "ten events"], ["Home End", "start, end"],
      ["Space", "play"], ["X", "off / on"]])),
  h("div", { class: "es-row es-what-if" }, h("b", {}, "What if"), offButton, offList, resetButton),
  h("div", { class: "es-panels" },
    h("section", {}, stateTitle, stateTable), h("section", {}, eventTitle, eventTable)),
  error, announcement);
  root.dataset.frames = "0";
  el.replaceChildren(root);

  // --- moving

  const xOfTime = (us) => (us - start) / (end - start);
  const xOfIndex = (i) => {
    if (by === "event") return i / Math.max(1, shown.events.length);
    return xOfTime(i ? shown.times[i - 1] : start);
  };
  const timeOfIndex = (i) => (i ? shown.times[i - 1] : start);

  // While the head moves it may stand between events; by event, the nearest one is shown.
  function seek(value) {
    fraction = value;
    if (by === "time") {
      time = Math.round(start + value * (end - start));
      index = countUntil(shown.times, time);
    } else {
      index = Math.round(value * shown.events.length);
      time = timeOfIndex(index);
    }
    requestPaint();
  }

  function goTo(newIndex) {
    player.stop();
    index = Math.min(shown.events.length, Math.max(0, newIndex));
    time = timeOfIndex(index);
    fraction = xOfIndex(index);
    requestPaint();
  }

  function step(events) {
    goTo(index + events);
    tellSoon();
  }

  // A click close to a tick means that event, not the moment some hours before it.
  function goToTick(value) {
    const near = 5 / slider.innerWidth();
    const candidates = [index, index + 1].filter((i) => i >= 1 && i <= shown.events.length);
    const distance = (i) => Math.abs(xOfIndex(i) - value);
    const nearest = candidates.sort((a, b) => distance(a) - distance(b))[0];
    if (nearest && distance(nearest) <= near) goTo(nearest);
  }

  function settle() {
    if (by === "event") fraction = xOfIndex(index);
    requestPaint();
    tell();
  }

  function goToTime(us) {
    time = us;
    index = countUntil(shown.times, time);
    fraction = by === "time" ? xOfTime(time) : xOfIndex(index);
    requestPaint();
  }

  // Another account, axis, order or set of events: the moment stays.
  function change({ account = shown.account, ...rest }) {
    player.stop();
    ({ by = by, order = order, off = off } = rest);
    const sameEvents = account === shown.account && order === shown.order;
    shown = replay(account, order, off);
    if (!sameEvents) index = countUntil(shown.times, time);
    fraction = by === "time" ? xOfTime(time) : xOfIndex(index);
    accountPicker.set(account.id);
    axisPicker.set(by);
    orderPicker.set(order);
    showOff();
    requestPaint(true);
  }

  function toggleOff(event = shown.events[index - 1]) {
    if (!event) return;
    const positions = new Set(off);
    if (!positions.delete(event.position)) positions.add(event.position);
    change({ off: new Set([...positions].sort((a, b) => a - b)) });
    tell();
  }

  onKeys(root, {
    ArrowLeft: (n) => step(-n), ArrowDown: (n) => step(-n),
    ArrowRight: (n) => step(n), ArrowUp: (n) => step(n),
    PageDown: () => step(-10), PageUp: () => step(10),
    Home: () => step(-Infinity), End: () => step(Infinity),
    " ": () => player.toggle(), x: () => toggleOff(), X: () => toggleOff(),
  });

  // --- painting: once a frame at most, and only what has changed

  let colours = null;
  let frame = 0;
  let curveIsOld = true;
  let painted = {}; // what the last frame showed
  let frames = 0; // painted so far, each different from the one before

  function requestPaint(redrawCurve = false) {
    curveIsOld ||= redrawCurve;
    frame ||= requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    if (slider.element.clientWidth === 0) return; // not laid out; the resize observer calls again
    const redrawn = curveIsOld;
    if (curveIsOld) drawCurve();
    curveIsOld = false;
    slider.place(fraction);
    const { money, states, others } = shown;
    const now = states[index].money;
    atTime.value.textContent = timeText(time, end - start < 60 * SECOND ? 3 : 0);
    if (redrawn || painted.index !== index) {
      atEvent.value.textContent = `${count(index)} of ${count(shown.events.length)}`;
      balance.value.textContent = money.text(now);
      other.value.textContent = others ? money.text(others[index].money) : "–";
      difference.value.textContent = others ? money.signed(others[index].money - now) : "–";
      showState();
      showEvent();
      slider.describe(index, shown.events.length,
        `event ${index} of ${shown.events.length}, ${timeText(time)}, ${money.text(now)}`);
      root.dataset.index = index;
      root.dataset.balance = now;
      root.dataset.whatIfBalance = others ? others[index].money : now;
    }
    if (redrawn || painted.fraction !== fraction) frames += 1;
    root.dataset.frames = frames;
    painted = { index, fraction };
  }

  function drawCurve() {
    colours = readColours(root);
    const drawing = startDrawing(slider.canvas);
    const { events, states, others, money } = shown;
    const inner = slider.innerWidth();
    const x = (part) => MARGIN.left + part * inner;
    const rail = drawing.height - MARGIN.bottom - 12; // the events' ticks stand on this line
    const floor = rail - 18;
    const amounts = states.concat(others ?? []).map((state) => state.money);
    const [low, high] = minMax([...amounts, 0]);
    const ticks = roundTicks(low, high, 4);
    const y = (amount) => floor - (floor - MARGIN.top) * ((amount - low) / (high - low || 1));

    const xTicks = by === "time"
      ? timeTicks(start, end, inner / 75).map(([us, text]) => [x(xOfTime(us)), text])
      : roundTicks(0, events.length, Math.min(events.length || 1, inner / 75))
        .map((i) => [x(xOfIndex(i)), count(i)]);
    const yTicks = ticks.map((tick) => [y(tick), money.tick(tick)]);
    drawAxes(drawing, colours, xTicks, yTicks, shown.account.currency || moneyField);

    const xs = states.map((_, i) => x(xOfIndex(i)));
    const ys = (list) => list.map((state) => y(state.money));
    drawSteps(drawing, xs, ys(states), x(1), colours.fact);
    if (others) drawSteps(drawing, xs, ys(others), x(1), colours.other, [6, 4]);
    drawEvents(drawing, xs.slice(1), rail);
  }

  // Up: money in. Down: money out. A dot: neither. A cross: switched off.
  function drawEvents({ context, width }, xs, rail) {
    context.strokeStyle = colours.grid;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(MARGIN.left, rail + 0.5);
    context.lineTo(width - MARGIN.right, rail + 0.5);
    context.stroke();
    context.lineWidth = 1.5;
    context.fillStyle = colours.text;
    shown.events.forEach((event, i) => {
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

  // --- the panels

  const cell = (text, name = "") => h("td", { class: name, dir: "auto" }, text);
  const row = (name, ...cells) => h("tr", {}, h("th", { scope: "row" }, name), ...cells);

  function showState() {
    const { states, others, events, money } = shown;
    const event = events[index - 1];
    const before = states[Math.max(0, index - 1)];
    const value = (state, name) =>
      name === moneyField ? money.text(state.money) : state.fields[name];
    const heads = others
      ? [row("field", cell("as it was", "es-muted"), cell("what if", "es-muted"))] : [];
    const rows = shown.account.names.map((name) => {
      const [was, is] = [value(before, name), value(states[index], name)];
      const facts = was === is ? cell(is)
        : h("td", { class: "es-changed", dir: "auto" }, h("s", {}, was), " → ", h("b", {}, is));
      const cells = others ? [facts, cell(value(others[index], name),
        value(others[index], name) === is ? "" : "es-differs")] : [facts];
      return row(name, ...cells);
    });
    stateTitle.textContent = event ? `State after event ${count(index)}` : "State before any event";
    stateTable.replaceChildren(...heads, ...rows);
  }

  function showEvent() {
    const event = shown.events[index - 1];
    const isOff = event && off.has(event.position);
    offButton.disabled = !event;
    offButton.textContent = isOff ? "Switch this event on" : "Switch this event off";
    eventTable.replaceChildren();
    if (!event) {
      eventTitle.textContent = "No event yet";
      announcement.textContent = "Before the first event";
      return;
    }
    eventTitle.textContent = `Event: ${event.type}${isOff ? " (switched off)" : ""}`;
    const rows = (name, object) => Object.entries(object).map(([key, text]) =>
      row(`${name}.${key}`, cell(text)));
    eventTable.append(
      row("version", cell(`${count(event.version)} of the stream`)),
      row("position", cell(`${count(event.position)} of the store`)),
      row("occurred_at", cell(exactTimeText(event.occurred_at))),
      row("recorded_at", cell(exactTimeText(event.recorded_at) + lagText(event))),
      ...rows("data", event.data), ...rows("metadata", event.metadata),
      row("schema_version", cell(String(event.schema_version))));
  }

  function lagText({ recorded_at: recorded, occurred_at: occurred }) {
    const days = Math.floor((recorded - occurred) / DAY);
    return days > 0 ? ` (${count(days)} day${days > 1 ? "s" : ""} later)` : "";
  }

  function showOff() {
    const switched = shown.account.events.filter((event) => off.has(event.position));
    offList.replaceChildren(...switched.map((event) => {
      const name = `${event.type}, version ${event.version}`;
      return button(`${name} ✕`, `Switch on again: ${name}`, () => toggleOff(event));
    }));
    if (!switched.length) offList.append("every event counts");
    resetButton.disabled = off.size === 0;
    const here = switched.length;
    other.name.textContent = here ? `without ${here} event${here > 1 ? "s" : ""}` : "what if";
  }

  // --- Python hears of it when the head rests; without a kernel nobody does, and all goes on

  let soon = 0;
  function tellSoon() {
    clearTimeout(soon);
    soon = setTimeout(tell, 150);
  }

  function tell() {
    clearTimeout(soon);
    const event = shown.events[index - 1];
    if (event) {
      announcement.textContent = `Event ${index}, ${event.type}, ${timeText(time)}, `
        + `${moneyField} ${shown.money.text(shown.states[index].money)}`;
    }
    const state = {
      account: shown.account.id, by, order, index, time: isoTime(time),
      off: [...off], balance: shown.states[index].money,
    };
    try {
      for (const [name, value] of Object.entries(state)) model.set(name, value);
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  // --- Python moves it

  const listeners = {
    "change:account": () => {
      const account = byId.get(model.get("account"));
      if (account !== shown.account) change({ account });
    },
    "change:by": () => by !== model.get("by") && change({ by: model.get("by") }),
    "change:order": () => order !== model.get("order") && change({ order: model.get("order") }),
    "change:off": () => {
      const positions = model.get("off");
      if (`${[...off]}` !== `${positions}`) change({ off: new Set(positions) });
    },
    "change:index": () => index !== model.get("index") && goTo(model.get("index")),
    "change:time": () => {
      const moment = microseconds(model.get("time"));
      if (moment !== time) goToTime(moment);
    },
    "change:error": () => { error.textContent = model.get("error"); },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);

  const resized = new ResizeObserver(() => requestPaint(true));
  resized.observe(slider.element);
  const ignoreTheme = onThemeChange(root, () => requestPaint(true));
  change({});

  return () => {
    player.stop();
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
