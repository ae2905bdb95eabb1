// What every widget stands in: elements, keys, the page's theme, and a frame that paints, listens
// to Python and tells it. A widget's module is one text: Python puts this in front of its own.

// --- elements ------------------------------------------------------------------------------------

// Text only ever becomes a text node: nothing in an event can become markup.
function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function h(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

const pressing = new WeakMap(); // what a click on a button does, and the button

// A button; `label` is for those who do not see that its text is an arrow.
function button(text, label, click, attributes = {}) {
  const said = { "aria-label": label, title: label };
  const made = h("button", { type: "button", ...said, click, ...attributes }, text);
  pressing.set(click, made);
  return made;
}

// The buttons ⇤ ← → ⇥, `between` in their middle. `labels` are what they do, in this order;
// `move` gets by how many places: −Infinity, −1, 1, Infinity.
function stepper(labels, move, ...between) {
  const [start, back, on, end] = [["⇤", -Infinity], ["←", -1], ["→", 1], ["⇥", Infinity]]
    .map(([text, by], i) => button(text, labels[i], () => move(by)));
  return [start, back, ...between, on, end];
}

// A labelled <select>. `options` are [value, text] pairs.
function select(label, options, value, onChange) {
  const list = h("select", { change: () => onChange(list.value) });
  list.append(...options.map(([key, text]) => h("option", { value: key }, text)));
  const set = (key) => (list.value = key);
  set(value);
  return { element: h("label", { class: "es-field" }, h("span", {}, label), list), set };
}

// A labelled group of radio buttons.
function choice(label, options, value, onChange) {
  const name = `es-${unique()}`; // radio groups are the document's
  const radios = options.map(([key]) =>
    h("input", { type: "radio", name, value: key, change: () => onChange(key) }));
  const set = (key) => radios.forEach((radio) => (radio.checked = radio.value === key));
  set(value);
  const labels = options.map(([, text], i) => h("label", {}, radios[i], text));
  return { element: h("fieldset", { class: "es-choice" }, h("legend", {}, label), ...labels), set };
}

// Named switches. `onChange` gets the names of those that are on.
function switches(legend, names, onChange) {
  const boxes = names.map((name) => h("input", { type: "checkbox", value: name, change: () =>
    onChange(names.filter((_, i) => boxes[i].checked)) }));
  const labels = boxes.map((box, i) => h("label", {}, box, names[i]));
  return {
    element: h("fieldset", { class: "es-choice" }, h("legend", {}, legend), ...labels),
    set: (on) => boxes.forEach((box) => (box.checked = on.includes(box.value))),
  };
}

// Runs by the switches that were on, in whatever order these are named.
function bySwitches(runs, onOf) {
  const names = [...new Set(runs.flatMap(onOf))];
  const keyOf = (on) => names.filter((name) => on.includes(name)).join("|");
  const byKey = new Map(runs.map((run) => [keyOf(onOf(run)), run]));
  return { names, keyOf, get: (on) => byKey.get(keyOf(on)) };
}

// A named value; with a swatch it is the curve's legend too.
function readout(label, swatch) {
  const name = h("span", {}, label);
  const value = h("div", { class: "es-value" });
  const line = h("i", { class: `es-swatch ${swatch ?? ""}`, hidden: swatch ? null : "" });
  const element = h("div", {}, h("div", { class: "es-name" }, line, name), value);
  return { name, value, element, swatch: line };
}

function readouts(...all) {
  return h("div", { class: "es-readouts" }, ...all.map(({ element }) => element));
}

// A table's row with its name, a cell of a text in either direction, the names of the columns.
const tr = (name, ...cells) => h("tr", {}, h("th", { scope: "row" }, name), ...cells);
const td = (text, kind = null) => h("td", { class: kind, dir: "auto" }, text);
const heads = (...names) => h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)));

// Tabs over one place; `show` gets the name of the one that is chosen.
function tabs(label, names, show) {
  const made = names.map((name, i) => h("button", {
    type: "button", role: "tab", click: () => choose(name),
    keydown: (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.stopPropagation();
      const open = made.filter((tab) => !tab.hidden);
      const next = open[(open.indexOf(made[i]) + by + open.length) % open.length];
      choose(next.textContent);
      next.focus();
    },
  }, name));
  const choose = (chosen) => {
    made.forEach((tab, i) => {
      tab.setAttribute("aria-selected", names[i] === chosen);
      tab.tabIndex = names[i] === chosen ? 0 : -1;
    });
    show(chosen);
  };
  return { element: h("div", { class: "es-row es-tabs", role: "tablist", "aria-label": label }, ...made), choose };
}

// A box that scrolls can be focused, so that keys can scroll it.
function panel(label, ...children) {
  return h("section", { tabindex: "0", role: "region", "aria-label": label }, ...children);
}

// `pairs` of [key, what it does].
function keyLegend(pairs) {
  const items = pairs.map(([key, text]) => h("span", {}, h("kbd", {}, key), ` ${text}`));
  return h("div", { class: "es-keys", "aria-hidden": "true" }, ...items);
}

// Keys that go through something; `move` gets by how many places.
const arrows = (move) => ({
  ArrowLeft: (n) => move(-n), ArrowRight: (n) => move(n),
  Home: () => move(-Infinity), End: () => move(Infinity),
});

// Names keys where a screen reader looks for them: it hears nothing of a legend of keys.
function nameKeys(element, keys) {
  const named = keys.map((key) => (key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key));
  const known = element.getAttribute("aria-keyshortcuts")?.split(" ") ?? [];
  element.setAttribute("aria-keyshortcuts", [...new Set([...known, ...named])].join(" "));
}

// Keys for the whole widget, but for those that a focused control needs itself. They are named on
// it, and on the button that does the same.
function onKeys(root, actions) {
  nameKeys(root, Object.keys(actions));
  for (const [key, action] of Object.entries(actions)) {
    if (pressing.has(action)) nameKeys(pressing.get(action), [key]);
  }
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTick = event.target.type === "checkbox";
    const control = event.target.tagName;
    if (control === "SELECT" || (control === "INPUT" && !isTick) || control === "TEXTAREA") return;
    const pressed = control === "BUTTON" || control === "SUMMARY" || isTick;
    if (pressed && (event.key === " " || event.key === "Enter")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action(event.shiftKey ? 10 : 1);
  });
}

// --- a player of single steps -------------------------------------------------------------------

const PACE = { slow: 1500, normal: 750, fast: 250 }; // milliseconds a step

// Plays step by step until `step()` says that there is no other. `rewind` is called before it starts.
function createStepPlayer({ signal }, step, rewind) {
  let timer = 0;
  let pace = PACE.normal;
  const show = () => (play.textContent = timer ? "❚❚ Pause" : "▶ Play");
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    show();
  };
  const start = () => {
    clearInterval(timer);
    timer = setInterval(() => step() || stop(), pace);
    show();
  };
  const toggle = () => {
    if (timer) return stop();
    rewind();
    start();
  };
  const play = button("", null, toggle, { class: "es-play" });
  const paces = Object.entries(PACE).map(([name, ms]) => [ms, name]);
  const speed = select("Speed", paces, pace, (value) => {
    pace = Number(value);
    if (timer) start();
  });
  show();
  signal.addEventListener("abort", stop);
  return { play, speed: speed.element, stop, toggle };
}

// --- values --------------------------------------------------------------------------------------

// One JSON text, as Python's bytes arrive: a DataView.
const unpack = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
const unique = () => Math.random().toString(36).slice(2);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const count = (n) => new Intl.NumberFormat("en").format(n);
const counted = (n, thing) => `${count(n)} ${thing}${n === 1 ? "" : "s"}`;

// Amounts in minor units; 0 digits and no currency for what is no money.
function moneyFormat(currency, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const number = new Intl.NumberFormat("en", options);
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: digits });
  const short = new Intl.NumberFormat("en", { notation: "compact" });
  const scale = 10 ** digits;
  const unit = currency ? ` ${currency}` : "";
  return {
    unit: currency || "whole numbers",
    text: (minor) => number.format(minor / scale) + unit,
    signed: (minor) => (minor > 0 ? "+" : "") + number.format(minor / scale) + unit,
    tick: (minor) => (Math.abs(minor) < 1e6 * scale ? whole : short).format(minor / scale),
  };
}

// --- colours: the page's own, Okabe and Ito's for what carries meaning ---------------------------

// Also notes on the root which theme it is.
function readColours(root) {
  const background = getComputedStyle(root).backgroundColor || "white"; // "": not in the page yet
  const [red, green, blue] = (background.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  root.dataset.theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  const style = getComputedStyle(root);
  const named = ["text", "muted", "grid", "fact", "other"];
  return Object.fromEntries(named.map((name) => [name, style.getPropertyValue(`--es-${name}`)]));
}

// JupyterLab and VS Code mark the theme on <body>, Colab on <html>; a bare page has the system's.
function onThemeChange(root, callback, signal) {
  const background = () => getComputedStyle(root).backgroundColor;
  let last = background();
  const check = () => {
    if (!root.isConnected || last === background()) return;
    last = background();
    callback();
  };
  const checkOften = () => {
    check();
    for (const later of [300, 2000]) setTimeout(check, later); // a theme's styles may come after
  };
  const observer = new MutationObserver(checkOften);
  for (const element of [document.body, document.documentElement]) {
    observer.observe(element, { attributes: true });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", checkOften, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
}

// --- the frame -----------------------------------------------------------------------------------

// A widget of the class `kind` in its place on the page. `signal` says when it is taken away.
function createFrame({ model, el, signal }, kind, attributes = {}) {
  const title = h("h3", { class: "es-title" }, model.get("title"));
  const error = h("div", { class: "es-error", role: "alert" });
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const root = h("div", {
    class: `es-widget ${kind}`.trim(), role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true", // or JupyterLab takes X for "cut this cell"
    ...attributes,
  });
  const frame = { model, signal, root, title, error, colours: null };

  // What stands in it. What is wrong, and what is said aloud, comes after.
  frame.put = (...children) => {
    root.append(...children, error, announcement);
    el.replaceChildren(root);
    resized.observe(root);
    onThemeChange(root, look, signal);
  };
  frame.say = (text) => (announcement.textContent = text);

  // --- how it looks: all is painted anew when its width or the theme has changed

  const painters = [];
  let width = 0;
  function look() {
    if (!root.isConnected) return; // it has no colours yet
    frame.colours = readColours(root);
    for (const ask of painters) ask(true);
  }
  const resized = new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    look();
  });
  signal.addEventListener("abort", () => resized.disconnect());

  // How to ask for `paint(afresh)`, once a frame at most; afresh where all has to be drawn anew.
  frame.painter = (paint) => {
    let pending = 0;
    let afresh = true;
    const run = () => {
      pending = 0;
      if (!root.clientWidth) return; // not laid out; `look` asks again
      const all = afresh;
      afresh = false;
      if (all) frame.colours = readColours(root);
      paint(all);
    };
    const ask = (again = false) => {
      afresh ||= again;
      pending ||= requestAnimationFrame(run);
    };
    painters.push(ask);
    signal.addEventListener("abort", () => cancelAnimationFrame(pending));
    return ask;
  };

  // --- Python moves it, and hears of it; without a kernel nobody does, and all goes on

  let telling = false; // setting one trait must not bring back the old value of another
  frame.on = (listeners) => {
    for (const [name, listener] of Object.entries(listeners)) {
      model.on(name, (...told) => telling || listener(...told)); // anywidget takes it off again
    }
  };
  frame.on({ "change:error": () => { error.textContent = model.get("error"); } });

  // Whether somebody may have heard of it.
  frame.tell = (state) => {
    telling = true;
    try {
      for (const [name, value] of Object.entries(state)) model.set(name, value);
      model.save_changes();
      return true;
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
      return false;
    } finally {
      telling = false;
    }
  };

  // Python is told what `state()` gives: at once, or when nothing has moved for a while.
  frame.teller = (state) => {
    const tell = () => {
      soon.cancel();
      frame.tell(state());
    };
    const soon = frame.later(150, tell);
    return { tell, tellSoon: soon.start };
  };

  // `action` so many milliseconds after the last `start`.
  frame.later = (milliseconds, action) => {
    let timer = 0;
    const cancel = () => clearTimeout(timer);
    const start = () => {
      cancel();
      if (!signal.aborted) timer = setTimeout(action, milliseconds);
    };
    signal.addEventListener("abort", cancel);
    return { start, cancel };
  };
  return frame;
}
