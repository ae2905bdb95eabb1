// What the kit's sliders share: elements, text, colours, the plot, the slider, the player.
// An anywidget module is one text, so Python puts this file in front of a widget's own.

// --- elements ------------------------------------------------------------------------------------

// Text only ever becomes a text node: nothing in an event can become markup.
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value != null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
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
  const name = `es-${Math.random().toString(36).slice(2)}`; // radio groups are the document's
  const radios = options.map(([key]) =>
    h("input", { type: "radio", name, value: key, change: () => onChange(key) }));
  const set = (key) => radios.forEach((radio) => (radio.checked = radio.value === key));
  set(value);
  const labels = options.map(([, text], i) => h("label", {}, radios[i], text));
  return { element: h("fieldset", { class: "es-choice" }, h("legend", {}, label), ...labels), set };
}

// A named value; with a swatch it is the curve's legend too.
function readout(label, swatch) {
  const name = h("span", {}, label);
  const value = h("div", { class: "es-value" });
  const line = swatch ? [h("i", { class: `es-swatch ${swatch}` })] : [];
  const element = h("div", {}, h("div", { class: "es-name" }, ...line, name), value);
  return { name, value, element };
}

// `pairs` of [key, what it does].
function keyLegend(pairs) {
  const items = pairs.map(([key, text]) => h("span", {}, h("kbd", {}, key), ` ${text}`));
  return h("div", { class: "es-keys", "aria-hidden": "true" }, ...items);
}

// One JSON text, as Python's bytes arrive: a DataView.
function unpack(bytes) {
  return JSON.parse(new TextDecoder().decode(bytes));
}

// --- text: money in minor units, times in microseconds since 1970, UTC ---------------------------

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

function moneyFormat(currency, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const number = new Intl.NumberFormat("en", options);
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: digits });
  const short = new Intl.NumberFormat("en", { notation: "compact" });
  const scale = 10 ** digits;
  const unit = currency ? ` ${currency}` : "";
  return {
    unit: currency || "whole numbers",
    scale,
    text: (minor) => number.format(minor / scale) + unit,
    signed: (minor) => (minor > 0 ? "+" : "") + number.format(minor / scale) + unit,
    tick: (minor) => (Math.abs(minor) < 1e6 * scale ? whole : short).format(minor / scale),
  };
}

const count = (n) => new Intl.NumberFormat("en").format(n);

function isoTime(us) {
  const milliseconds = Math.floor(us / 1000);
  const rest = String(us - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}

// The inverse of isoTime.
function microseconds(iso) {
  return Date.parse(`${iso.slice(0, 23)}Z`) * 1000 + Number(iso.slice(23, 26));
}

// 2025-03-14 09:00:00 UTC; `digits` of the second's fraction.
function timeText(us, digits = 0) {
  const text = isoTime(us);
  return `${text.slice(0, 10)} ${text.slice(11, digits ? 20 + digits : 19)} UTC`;
}

// With as many digits as the time has.
function exactTimeText(us) {
  const text = isoTime(us);
  const fraction = text.slice(19, 26).replace(/\.?0+$/, "");
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction} UTC`;
}

// The two times of an event, and what each order of them tells.
const ORDERS = {
  recorded_at: "what the bank knew",
  occurred_at: "what was true",
};

// --- scales --------------------------------------------------------------------------------------

// About `wanted` round values (1, 2, 5 times a power of ten) from `low` to `high`.
function roundTicks(low, high, wanted) {
  const rough = (high - low || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step || 0); // no −0
  return ticks;
}

// At most `most` instants between `start` and `end`, on whole units of UTC, with their labels.
function timeTicks(start, end, most) {
  const span = end - start;
  const steps = [0.001, 0.01, 0.1, 1, 5, 15, 60, 300, 900, 3600, 10800, 43200]
    .map((seconds) => seconds * SECOND).concat([1, 2, 7, 14].map((days) => days * DAY));
  const step = steps.find((length) => span / length <= most);
  if (step) {
    const label = (us) => step >= DAY ? isoTime(us).slice(5, 10)
      : isoTime(us).slice(11, step >= 60 * SECOND ? 16 : step >= SECOND ? 19 : 23);
    const ticks = [];
    for (let us = Math.ceil(start / step) * step; us <= end; us += step) {
      ticks.push([us, label(us)]);
    }
    return ticks;
  }
  const months = [1, 2, 3, 6, 12, 24, 60, 120, 600]
    .find((n) => span / (n * 30 * DAY) <= most) ?? 1200;
  const ticks = [];
  const first = new Date(start / 1000);
  for (let month = first.getUTCFullYear() * 12; ; month += months) {
    const us = Date.UTC(Math.floor(month / 12), month % 12) * 1000;
    if (us > end) return ticks;
    if (us >= start) ticks.push([us, isoTime(us).slice(0, months >= 12 ? 4 : 7)]);
  }
}

function minMax(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// How many of the ascending `values` are at or below `value`.
function countUntil(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// --- colours: the page's own, Okabe and Ito's for what carries meaning ---------------------------

function readColours(root) {
  const background = getComputedStyle(root).backgroundColor || "white"; // "": not in the page yet
  const [red, green, blue] = (background.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  root.dataset.theme = 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  const style = getComputedStyle(root);
  const named = ["text", "muted", "grid", "fact", "other"];
  return Object.fromEntries(named.map((name) => [name, style.getPropertyValue(`--es-${name}`)]));
}

// JupyterLab and VS Code mark the theme on <body>, Colab on <html>. Returns how to stop.
function onThemeChange(root, callback) {
  const background = () => getComputedStyle(root).backgroundColor;
  let last = background();
  const check = () => {
    if (!root.isConnected || last === background()) return;
    last = background();
    callback();
  };
  const observer = new MutationObserver(() => {
    check();
    for (const later of [300, 2000]) setTimeout(check, later); // a theme's styles may come after
  });
  for (const element of [document.body, document.documentElement]) {
    observer.observe(element, { attributes: true });
  }
  return () => observer.disconnect();
}

// --- the plot ------------------------------------------------------------------------------------

const MARGIN = { left: 74, right: 16, top: 22, bottom: 26 };

// The canvas, sharp on any screen, cleared; coordinates are CSS pixels.
function startDrawing(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide) canvas.width = wide; // setting it costs, even to the same value
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`;
  return { context, width, height };
}

// Grid and labels. `xTicks` and `yTicks` are [pixel, text] pairs; a null text draws no label.
function drawAxes({ context, width, height }, colours, xTicks, yTicks, unit) {
  context.strokeStyle = colours.grid;
  context.fillStyle = colours.muted;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const line = (x1, y1, x2, y2) => {
    context.beginPath();
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
    context.stroke();
  };
  for (const [y, text] of yTicks) {
    const sharp = Math.round(y) + 0.5;
    line(MARGIN.left, sharp, width - MARGIN.right, sharp);
    context.fillText(text, MARGIN.left - 8, sharp);
  }
  context.fillText(unit, MARGIN.left - 8, 8);
  context.textAlign = "center";
  for (const [x, text] of xTicks) {
    const sharp = Math.round(x) + 0.5;
    line(sharp, height - MARGIN.bottom, sharp, height - MARGIN.bottom + 4);
    const half = context.measureText(text).width / 2;
    if (sharp + half <= width) context.fillText(text, sharp, height - MARGIN.bottom + 14);
  }
}

// A line that keeps its value until the next point.
function drawSteps({ context }, xs, ys, xEnd, colour, dash = []) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(xs[0], ys[0]);
  for (let i = 1; i < xs.length; i++) {
    context.lineTo(xs[i], ys[i - 1]);
    context.lineTo(xs[i], ys[i]);
  }
  context.lineTo(xEnd, ys[ys.length - 1]);
  context.stroke();
  context.setLineDash([]);
}

// --- the slider ----------------------------------------------------------------------------------

// A canvas with a playhead over it. `onSeek(fraction)` while it is dragged, from 0 to 1;
// `onSettle(fraction, clicked)` when it is let go, `clicked` being true where it did not move.
function createSlider({ label, height, onSeek, onSettle }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const future = h("div", { class: "es-future" });
  const head = h("div", { class: "es-head" });
  const element = h("div", {
    class: "es-slider", role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0",
    style: `height: ${height}px`,
  }, canvas, future, head);
  const innerWidth = () => Math.max(1, element.clientWidth - MARGIN.left - MARGIN.right);
  const fractionAt = (event) => {
    const x = event.clientX - element.getBoundingClientRect().left - MARGIN.left;
    return Math.min(1, Math.max(0, x / innerWidth()));
  };

  let startedAt = null; // where the pointer went down; null when it is up
  let moved = false;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    startedAt = event.clientX;
    moved = false;
    onSeek(fractionAt(event));
  });
  element.addEventListener("pointermove", (event) => {
    if (startedAt === null) return;
    moved ||= Math.abs(event.clientX - startedAt) > 3;
    onSeek(fractionAt(event));
  });
  const release = (event) => {
    if (startedAt === null) return;
    startedAt = null;
    onSettle(fractionAt(event), !moved);
  };
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);

  const place = (fraction) => {
    const x = MARGIN.left + fraction * innerWidth();
    head.style.transform = `translateX(${x}px)`;
    future.style.left = `${x}px`;
  };
  const describe = (now, max, text) => {
    element.setAttribute("aria-valuemax", max);
    element.setAttribute("aria-valuenow", now);
    element.setAttribute("aria-valuetext", text);
  };
  return { element, canvas, innerWidth, place, describe };
}

// Keys for the whole widget, but for those that a focused control needs itself.
function onKeys(root, actions) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const control = event.target.tagName;
    if (control === "SELECT" || control === "INPUT" || control === "TEXTAREA") return;
    if (control === "BUTTON" && (event.key === " " || event.key === "Enter")) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action(event.shiftKey ? 10 : 1);
  });
}

// --- the player ----------------------------------------------------------------------------------

// Plays from where the head is to the end. `getFraction()` says where it is.
function createPlayer({ getFraction, onSeek, onStop }) {
  let frame = 0; // the pending animation frame, 0 when it stands
  let seconds = 30;
  let fraction = 0;
  let last = 0;
  const step = (now) => {
    fraction = Math.min(1, fraction + (now - last) / 1000 / seconds);
    last = now;
    onSeek(fraction);
    if (fraction < 1) frame = requestAnimationFrame(step);
    else stop();
  };
  const show = () => {
    button.textContent = frame ? "❚❚ Pause" : "▶ Play";
  };
  const stop = () => {
    if (!frame) return;
    cancelAnimationFrame(frame);
    frame = 0;
    show();
    onStop();
  };
  const toggle = () => {
    if (frame) return stop();
    fraction = getFraction() < 1 ? getFraction() : 0;
    last = performance.now();
    frame = requestAnimationFrame(step);
    show();
  };
  const button = h("button", { type: "button", class: "es-play", click: toggle });
  const speeds = [60, 30, 10].map((n) => [n, `all in ${n} s`]);
  const speed = select("Speed", speeds, seconds, (value) => (seconds = Number(value)));
  show();
  return { button, speed: speed.element, stop, toggle, isPlaying: () => frame !== 0 };
}
