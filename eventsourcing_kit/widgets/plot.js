// A plot, and a slider over it: scales, axes, the playhead, the player.

// About `wanted` round values (1, 2, 5 times a power of ten) from `low` to `high`.
function roundTicks(low, high, wanted) {
  const rough = (high - low || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step || 0); // no −0
  return ticks;
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
  context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
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
// Where given, `onBrush(from, to)` gets what is marked with Shift, and `onHover(fraction)` where the
// mouse is while no button is down, null when it has left. Without `height` (pixels) styles say it.
function createSlider({ label, height, onSeek, onSettle, onBrush, onHover }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const future = h("div", { class: "es-future" });
  const head = h("div", { class: "es-head" });
  const brush = h("div", { class: "es-brush" });
  const tip = h("div", { class: "es-tip", "aria-hidden": "true" });
  let startedAt = null; // where the pointer went down; null when it is up
  let moved = false;
  let marking = null; // the fraction at which a range begins
  const release = (event) => {
    if (startedAt === null) return;
    startedAt = null;
    const fraction = fractionAt(event);
    if (marking === null) return onSettle(fraction, !moved);
    brush.style.width = "0";
    if (moved) onBrush(Math.min(marking, fraction), Math.max(marking, fraction));
    marking = null;
  };
  const mark = (fraction) => {
    const [from, to] = [Math.min(marking, fraction), Math.max(marking, fraction)];
    brush.style.left = `${MARGIN.left + from * innerWidth()}px`;
    brush.style.width = `${(to - from) * innerWidth()}px`;
  };
  const element = h("div", {
    class: "es-slider", role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0",
    style: height && `height: ${height}px`,
    pointerdown: (event) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      startedAt = event.clientX;
      moved = false;
      onHover?.(null);
      if (onBrush && event.shiftKey) marking = fractionAt(event);
      else onSeek(fractionAt(event));
    },
    pointermove: (event) => {
      if (startedAt === null) return onHover?.(fractionAt(event));
      moved ||= Math.abs(event.clientX - startedAt) > 3;
      if (marking === null) onSeek(fractionAt(event));
      else mark(fractionAt(event));
    },
    pointerup: release,
    pointercancel: release,
    pointerleave: () => onHover?.(null),
  }, canvas, future, brush, head, tip);
  const innerWidth = () => Math.max(1, element.clientWidth - MARGIN.left - MARGIN.right);
  function fractionAt(event) {
    const x = event.clientX - element.getBoundingClientRect().left - MARGIN.left;
    return clamp(x / innerWidth(), 0, 1);
  }

  // A text over a place of the plot; none without text.
  const tell = (fraction, text) => {
    tip.textContent = text;
    if (!text) return;
    const x = MARGIN.left + fraction * innerWidth();
    const after = element.clientWidth - x;
    const isRight = x > after; // of the middle: there is more room before it
    tip.style.left = isRight ? "" : `${x + 8}px`;
    tip.style.right = isRight ? `${after + 8}px` : "";
    tip.style.maxWidth = `${Math.max(x, after) - 10}px`;
  };
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
  return { element, canvas, innerWidth, fractionAt, place, describe, tell };
}

// Shows by `tell(i)` what step i is: the one under the mouse, and while the slider has the focus of
// the keyboard the one at the head, `here()`. `tell(null)` shows none.
function createTip({ signal }, { element }, here, tell) {
  const follow = () => tell(element.matches(":focus-visible") ? here() : null);
  element.addEventListener("focus", follow, { signal });
  element.addEventListener("blur", follow, { signal });
  return { follow, show: (i) => (i === null ? follow() : tell(i)) };
}

// --- the player ----------------------------------------------------------------------------------

const ALL = [[60, "all in 60 s"], [30, "all in 30 s"], [10, "all in 10 s"]];

// Plays from where the head is to the end. `getFraction()` says where it is. `speeds` are [seconds
// from start to end, what that is called]; it begins with the first of those that are given.
function createPlayer({ signal }, { getFraction, onSeek, onStop, speeds }) {
  let frame = 0; // the pending animation frame, 0 when it stands
  let [seconds] = speeds?.[0] ?? ALL[1];
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
    play.textContent = frame ? "❚❚ Pause" : "▶ Play";
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
  const play = button("", null, toggle, { class: "es-play" });
  const speed = select("Speed", speeds ?? ALL, seconds, (value) => (seconds = Number(value)));
  show();
  signal.addEventListener("abort", stop);
  return { button: play, speed: speed.element, stop, toggle, isPlaying: () => frame !== 0 };
}

// --- a slider over whole steps -------------------------------------------------------------------

// From 0 to `total`, and the head as far as `last`; with buttons, keys and a player. `show(index)`
// puts a step on the page and gives its words; `settled` is called when the head comes to rest.
// `paint(drawing, x)` draws what is behind the head, x being where a step is, instead of ticks.
// `each` is how many seconds a step takes while it plays, where not all of them take thirty.
// `nameOf(index)` is what the step says of itself in a tip, under the mouse or at the focused head.
function createSteps(frame, {
  label, height, unit, total, last = total, index, labels, keys, show, settled, paint, nameOf, each,
}) {
  const fractionOf = (i) => i / Math.max(1, total);
  let fraction = fractionOf(index); // while the head moves it may stand between two steps
  let shown = null;

  const slider = createSlider({
    label, height, onSeek: (value) => { player.stop(); seek(value); }, onSettle: () => settle(),
    onHover: nameOf && ((value) => tip.show(value === null ? null : Math.round(value * total))),
  });
  const tip = createTip(frame, slider, () => index,
    (i) => slider.tell(fractionOf(i), i >= 1 && i <= last && nameOf ? nameOf(i) : ""));
  const player = createPlayer(frame, {
    // Where the steps end early there is nothing more to play: begin again.
    getFraction: () => (index === last ? 1 : fraction), onSeek: seek, onStop: settle,
    speeds: each && [[each * total, `${each} s each`], [each * total / 3, `${each / 3} s each`], ALL[1]],
  });
  const repaint = frame.painter((afresh) => {
    if (afresh) {
      const x = (i) => MARGIN.left + fractionOf(i) * slider.innerWidth();
      (paint ?? paintTicks)(startDrawing(slider.canvas), x);
    }
    slider.place(fraction);
    if (shown === index) return;
    tip.follow();
    shown = index;
    slider.describe(index, last, show(index));
  });

  function seek(value) {
    fraction = Math.min(value, fractionOf(last));
    index = Math.min(last, Math.round(value * total));
    repaint();
  }

  function goTo(i) {
    player.stop();
    index = clamp(i, 0, last);
    settle();
  }

  function settle() {
    fraction = fractionOf(index);
    repaint();
    settled();
  }

  // A tick for each step.
  function paintTicks(drawing, x) {
    const { context, height } = drawing;
    const rail = height - MARGIN.bottom;
    drawAxes(drawing, frame.colours, stepTicks(total, x), [[rail, unit]], "");
    context.strokeStyle = frame.colours.text;
    context.lineWidth = 1.5;
    context.beginPath();
    for (let i = 1; i <= last; i++) {
      context.moveTo(x(i), rail);
      context.lineTo(x(i), rail - 9);
    }
    context.stroke();
  }

  const move = (n) => goTo(index + n);
  onKeys(slider.element, { ArrowDown: (n) => move(-n), ArrowUp: (n) => move(n) });
  onKeys(frame.root, { ...arrows(move), " ": player.toggle });
  const buttons = h("div", { class: "es-row" },
    ...stepper(labels, move, player.button), player.speed, keyLegend(keys));
  const showAgain = () => {
    shown = null;
    repaint();
  };
  const grow = (steps, reached = steps) => {
    total = steps;
    last = reached;
    repaint(true);
  };
  return { element: slider.element, buttons, goTo, grow, showAgain, index: () => index };
}

// Some of the steps along an axis, by number or by another text.
function stepTicks(total, x, text = count) {
  const most = Math.min(total, (x(total) - x(0)) / 75);
  return roundTicks(0, total, Math.max(1, most)).map((i) => [x(i), text(i)]);
}
