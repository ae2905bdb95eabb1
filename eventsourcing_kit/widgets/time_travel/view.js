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
    slide: 1, // below 1 the events are on their way from the places of the other order
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

// --- the view ------------------------------------------------------------------------------------

// Whether the axis by time would show what the one by event does: nothing late, all equally far apart.
function ticksLikeAClock({ events }) {
  const gaps = events.slice(1).map((event, i) => event.recorded_at - events[i].recorded_at);
  return !events.some(isLate) && gaps.every((gap) => gap === gaps[0]);
}

// Which account, along which axis, in which order; `onPlane` turns the plane of both times on or off.
// A choice that would change nothing is not offered.
function pickers(head, { accounts, who, label }, change, model, onPlane) {
  const areAccounts = accounts.every(({ id }) => id.startsWith("account-"));
  const nameOf = ({ id, fields, events }) => {
    const name = label && events.reduce((last, { set }) => set[label] ?? last, fields[label]);
    const number = areAccounts ? id.replace("account-", "") : id;
    return name && name !== "–" ? `${name} · ${number}` : id;
  };
  const account = select(areAccounts ? "Account" : "Stream",
    accounts.map((one) => [one.id, `${nameOf(one)} (${count(one.events.length)} events)`]),
    head.shown.account.id, (id) => change({ account: head.byId.get(id) }));
  const axis = choice("Axis", [["time", "by time"], ["event", "by event"]], head.by,
    (by) => change({ by }));
  const order = choice("Order",
    Object.entries(orders(who)).map(([name, meaning]) => [name, `${name}: ${meaning}`]),
    head.shown.order, (name) => change({ order: name }));
  const isOnPlane = h("input", { type: "checkbox", change: () => onPlane(isOnPlane.checked) });
  const show = () => {
    account.set(head.shown.account.id);
    axis.set(head.by);
    order.set(head.shown.order);
    isOnPlane.checked = model.get("plane");
  };
  account.element.hidden = accounts.length === 1;
  axis.element.hidden = accounts.every(ticksLikeAClock);
  const late = accounts.some(({ events }) => events.some(isLate));
  const orderRow = late ? [h("div", { class: "es-row" }, order.element)] : [];
  const view = late ? [h("label", { class: "es-field" }, isOnPlane, "both times on one plane")] : [];
  return { account: account.element, axis: axis.element, orderRow, view, show };
}

const LATE = "(late)"; // no event's type

// Which events are looked for: of a type, or late, and of at least so much money. The others stay,
// but pale, and the arrow keys pass over them.
function filterRow(head, changed) {
  const wanted = { type: "", least: 0 };
  const types = h("select", { change: () => { wanted.type = types.value; changed(); } });
  const amount = h("input", { type: "number", min: "0", class: "es-amount",
    input: () => {
      wanted.least = (Number(amount.value) || 0) * 10 ** head.shown.account.digits;
      changed();
    } });
  const found = h("span", { class: "es-name" });
  const least = h("label", { class: "es-field" }, h("span", {}, "of at least"), amount);
  const isOfType = (event) => (wanted.type === LATE ? isLate(event) : event.type === wanted.type);
  const matches = (event) => (!wanted.type || isOfType(event)) && Math.abs(event.delta) >= wanted.least;
  const isOn = () => Boolean(wanted.type || wanted.least);
  let listed = null; // the account whose types are offered
  const show = () => {
    const { account } = head.shown;
    if (listed !== account) {
      listed = account;
      const names = [...new Set(account.events.map(({ type }) => type))].sort();
      const late = account.events.some(isLate) ? [[LATE, "recorded late"]] : [];
      const options = [["", "all types"], ...late, ...names.map((name) => [name, name])];
      if (!options.some(([value]) => value === wanted.type)) wanted.type = "";
      types.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
      types.value = wanted.type;
      least.hidden = !account.currency;
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
  const elements = [h("label", { class: "es-field" }, h("span", {}, "Look for"), types), least, found];
  return { elements, show, matches, isOn, next };
}

// What is not needed at once, behind a button.
function createMore(...children) {
  const element = h("div", { class: "es-row es-more", hidden: "" }, ...children);
  const open = button("More ▾", null, () => {
    element.hidden = !element.hidden;
    open.setAttribute("aria-expanded", String(!element.hidden));
    open.textContent = element.hidden ? "More ▾" : "Less ▴";
  }, { "aria-expanded": "false", title: "Axis, speed, what to look for, keys" });
  return { open, element };
}

// When the order has changed the events slide from one of their times to the other.
function createSlide({ signal }, head, repaint) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  const stop = () => cancelAnimationFrame(frame);
  signal.addEventListener("abort", stop);
  return () => {
    stop();
    head.slide = 1;
    if (still.matches) return;
    let begun = null;
    const step = (now) => {
      begun ??= now;
      head.slide = Math.min(1, (now - begun) / 200);
      repaint(true);
      if (head.slide < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  };
}

// While it plays an event falls from its rail to what it changes in the state.
function createFall({ root }, slider, state) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let isFalling = false; // one at a time
  return (fraction) => {
    if (isFalling || still.matches) return;
    const [from, to, all] = [slider.element, state.querySelector(".es-changed") ?? state, root]
      .map((one) => one.getBoundingClientRect());
    const x = from.left - all.left + MARGIN.left + fraction * slider.innerWidth();
    const places = [[x, from.bottom - all.top - MARGIN.bottom], [to.left - all.left + 8, to.top - all.top + 4]];
    const drop = h("i", { class: "es-falling", "aria-hidden": "true" });
    root.append(drop);
    isFalling = true;
    drop.animate(places.map(([left, top]) => ({ transform: `translate(${left}px, ${top}px)` })),
      { duration: 200, easing: "ease-in" }).onfinish = () => {
      isFalling = false;
      drop.remove();
    };
  };
}

// Paints the curve and the plane, and of the rest only what has changed.
function createPainter(frame, head, { slider, plane, player, shownMoney, filter, fall, parts }, moneyField) {
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
    frame.root.classList.toggle("es-playing", player.isPlaying());
    if (player.isPlaying() && index) fall(head.onScreen(head.xOfIndex(index)));
  };
  return frame.painter((afresh) => {
    const drawn = afresh || painted.lens !== head.lens;
    if (drawn) {
      plane.element.hidden = !plane.isOn();
      drawHistory(slider, frame.colours, head, moneyField, filter.matches);
    }
    slider.place(clamp(head.onScreen(head.fraction), -0.05, 1.05));
    shownMoney.showTime();
    if (afresh || painted.index !== head.index) showEvent();
    if (plane.isOn()) plane[drawn ? "draw" : "show"]();
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
    "change:plane": () => change({}),
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
    `${timeText(times[i - 1]).slice(5, 16)} · ${type}${moved} → ${money.text(states[i].money)}`);
}

// Says where the head has come to rest; what Python is told of it.
function tellWhere(frame, head, moneyField) {
  const { account, order, off, states, money } = head.shown;
  const now = states[head.index].money;
  if (head.event()) {
    frame.say(`Event ${head.index}, ${head.event().type}, ${timeText(head.time)}, `
      + `${moneyField} ${money.text(now)}`);
  }
  const [from, to] = head.ends().map(isoTime);
  return { account: account.id, by: head.by, order, index: head.index, time: isoTime(head.time),
    off: [...off], balance: now, start: from, end: to };
}

function render(context) {
  const { model } = context;
  const packed = unpack(model.get("packed"));
  const { accounts, money_field: moneyField } = packed;
  const head = createHead(packed, model);
  if (head.by === "time") {
    head.see(...["start", "end"].map((name) => head.xOfTime(microseconds(model.get(name)))));
  }

  const frame = createFrame(context, "es-travel", { "data-frames": "0" });
  const { tell, tellSoon } = frame.teller(() => tellWhere(frame, head, moneyField));
  const slider = createSlider({
    label: "Playhead",
    onSeek: (value) => { player.stop(); seek(value); },
    onSettle: (value, clicked) => { if (clicked) goToTick(value); settle(); },
    onBrush: (from, to) => lens.see(...[from, to].map(head.fromScreen)),
    onHover: (value) => tip.show(value === null ? null : head.tickAt(value, 8 / slider.innerWidth())),
  });
  const tip = createTip(frame, slider, () => head.index, (i) => tellEvent(slider, head, i));
  const plane = createPlane(frame, head, {
    choose: (i) => { if (i) { goTo(i); tell(); } }, point: tip.show,
  });
  const player = createPlayer(frame, {
    getFraction: () => head.onScreen(head.fraction), onSeek: seek, onStop: settle,
  });
  const lens = createLens(frame, head, slider, () => { player.stop(); repaint(); tellSoon(); });
  const filter = filterRow(head, () => { filter.show(); repaint(true); });
  const picked = pickers(head, packed, (what) => { change(what); tell(); }, model,
    (on) => { frame.tell({ plane: on }); repaint(true); });
  const shownMoney = moneyReadouts(head, moneyField);
  const off = whatIf(head, toggleOff, () => { change({ off: new Set() }); tell(); });
  const state = statePanel(head, moneyField);
  const panels = [state, eventPanel(head)];
  if (accounts.some(({ drawings }) => drawings.length)) panels.unshift(drawingPanel(head));
  const more = createMore(picked.axis, player.speed, ...filter.elements,
    keyLegend([["← →", "event"], ["Shift ← →", "ten events"], ["Home End", "start, end"],
      ["Space", "play"], ["X", "off / on"], ["+ − 0", "zoom"], ["Shift drag", "zoom to"]]));
  frame.put(h("div", { class: "es-row" }, frame.title, picked.account), ...picked.orderRow,
    shownMoney.element, h("div", { class: "es-stage" }, slider.element, plane.element),
    h("div", { class: "es-row" },
      ...stepper(["To the start", "One event back", "One event on", "To the end"], step,
        player.button),
      lens.element, off.here, ...picked.view, more.open),
    more.element, h("div", { class: "es-row es-legend" }, legend(head), off.list, off.all),
    h("div", { class: `es-panels es-abreast es-of-${panels.length}` },
      ...panels.map(({ element }) => element)));
  const repaint = createPainter(frame, head, {
    slider, plane, player, shownMoney, filter, fall: createFall(frame, slider, state.element),
    parts: [off, filter, ...panels, { show: tip.follow }],
  }, moneyField);

  const slide = createSlide(frame, head, repaint);

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
    if (what.order && what.order !== head.shown.order) slide();
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
