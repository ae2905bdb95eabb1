// What snapshots cost, over a logarithmic axis of n: the measured bars, the formula's two curves and
// their sum, the root where it is lowest, and below all the floor that no interval changes.

const EDGE = 0.05; // of the plot, left and right of the outermost bars
const TALLEST = 5; // times the lowest bar: what is higher is cut, or the valley could not be seen
const POINTS = 160; // of a curve

// Where an interval is on the axis, and which of the runs is nearest to a place.
function intervalScale(runs) {
  const [low, high] = [Math.log(runs[0].n), Math.log(runs.at(-1).n)];
  const fractionOf = (n) => EDGE + ((1 - 2 * EDGE) * (Math.log(n) - low)) / (high - low);
  const nearest = (fraction) => runs.reduce((found, { n }, i) =>
    Math.abs(fractionOf(n) - fraction) < Math.abs(fractionOf(runs[found].n) - fraction) ? i : found, 0);
  return { fractionOf, nearest };
}

function drawCurve({ context, width, height }, top, xs, ys, colour, dash) {
  context.save();
  context.beginPath();
  context.rect(0, top, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.setLineDash(dash);
  context.beginPath();
  xs.forEach((x, i) => context.lineTo(x, ys[i]));
  context.stroke();
  context.restore();
}

// Told apart without colour: reading is filled, writing is outlined. The chosen one is lit.
function drawBar({ context }, colours, [x, wide], [foot, between, top], { lit, cut }) {
  context.globalAlpha = lit ? 1 : 0.35;
  context.fillStyle = colours.fact;
  context.fillRect(x - wide / 2, between, wide, foot - between);
  context.strokeStyle = colours.other;
  context.lineWidth = lit ? 3 : 1.5;
  if (between > top) context.strokeRect(x - wide / 2 + 0.75, top, wide - 1.5, between - top);
  context.globalAlpha = 1;
  context.fillStyle = colours.muted;
  if (cut) context.fillText(`↑ ${cut}`, x, top - 6);
}

// Hatched, up to the pixel `top`: what every load costs, whatever n is.
function drawFloor({ context, width }, colours, foot, top) {
  if (foot - top < 1) return;
  context.save();
  context.beginPath();
  context.rect(MARGIN.left, top, width - MARGIN.left - MARGIN.right, foot - top);
  context.clip();
  context.strokeStyle = colours.muted;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = MARGIN.left - foot; x < width; x += 8) {
    context.moveTo(x, foot);
    context.lineTo(x + foot, 0);
  }
  context.stroke();
  context.restore();
}

// Its text stands on the side where the head is not.
function drawRoot({ context }, colours, x, foot, text, head) {
  context.strokeStyle = colours.text;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(x, 14);
  context.lineTo(x, foot);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colours.text;
  const isLeft = head >= x && x > context.measureText(text).width + 60;
  context.textAlign = isLeft ? "right" : "left";
  context.fillText(text, x + (isLeft ? -9 : 9), 8);
  context.textAlign = "center";
}

function drawKnob({ context }, colours, x, y) {
  context.fillStyle = colours.text;
  context.beginPath();
  context.arc(x, y, 5, 0, 2 * Math.PI);
  context.fill();
}

function drawCosts(slider, colours, runs, index, { cost, reading, best, floor, formula }, scale) {
  const drawing = startDrawing(slider.canvas);
  const { context, height } = drawing;
  const inner = slider.innerWidth();
  const highest = Math.min(Math.max(1, ...runs.map(cost)), TALLEST * Math.max(1, cost(runs[best()])));
  const top = MARGIN.top + 14;
  const foot = height - MARGIN.bottom;
  const y = (value) => foot - (value / (floor() + highest)) * (foot - top);
  const xAt = (fraction) => MARGIN.left + fraction * inner;
  const x = (n) => xAt(scale.fractionOf(n));
  const wide = clamp(Math.min(...runs.slice(1).map(({ n }, i) => x(n) - x(runs[i].n))) * 0.7, 3, 26);
  drawAxes(drawing, colours, runs.map(({ n }) => [x(n), count(n)]),
    roundTicks(0, floor() + highest, 4).map((value) => [y(value), count(value)]), "cost");
  drawFloor(drawing, colours, foot, y(floor()));
  runs.forEach((run, i) => {
    const over = cost(run) > highest;
    drawBar(drawing, colours, [x(run.n), wide],
      [0, reading(run), cost(run)].map((part) => y(floor() + Math.min(part, highest))),
      { lit: i === index, cut: over && count(cost(run) + floor()) });
  });
  const curve = formula.curve(runs[0].n, runs.at(-1).n, POINTS);
  const xs = curve.map(({ n }) => x(n));
  const ys = (name) => curve.map((point) => y(floor() + point[name]));
  drawCurve(drawing, top, xs, ys("read"), colours.fact, []);
  drawCurve(drawing, top, xs, ys("write"), colours.other, [6, 4]);
  drawCurve(drawing, top, xs, ys("sum"), colours.text, []);
  context.fillStyle = colours.text;
  context.fillText("★", x(runs[best()].n), y(floor() + cost(runs[best()])) - 8);
  drawKnob(drawing, colours, x(runs[index].n), y(floor() + Math.min(highest, cost(runs[index]))));
  const root = clamp(formula.root(), runs[0].n, runs.at(-1).n);
  const text = `√(2w/r) = ${formula.root().toFixed(1)}`;
  drawRoot(drawing, colours, x(root), foot, text, x(runs[index].n));
}

// --- the stream, its snapshots, and what a load replays just before the next one -----------------

const SHOWN = 120; // events

function createStream() {
  const element = svg("svg", { class: "es-stream", role: "img", height: 40 });
  const note = h("div", { class: "es-muted" });
  const show = (n, events) => {
    const shown = Math.min(SHOWN, events);
    const last = n > shown ? shown : Math.floor(shown / n) * n - 1; // the load that replays most
    const after = Math.floor(last / n) * n;
    const width = Math.max(300, element.clientWidth);
    const x = (event) => 4 + ((width - 8) * (event - 0.5)) / shown;
    const each = Array.from({ length: shown }, (_, i) => i + 1);
    element.setAttribute("viewBox", `0 0 ${width} 40`);
    element.replaceChildren(
      ...each.map((event) => svg("line", {
        class: event > last ? "es-later" : event > after ? "es-tail" : "", x1: x(event), x2: x(event),
        y1: event > after && event <= last ? 18 : 24, y2: 38,
      })),
      ...each.filter((event) => event % n === 0 && event <= last).map((event) =>
        svg("path", { class: "es-flag", d: `M${x(event)} 38V4l7 4l-7 4` })));
    const words = `Flags are snapshots among ${counted(shown, "event")}; `
      + `just before the next one a load replays ${count(last - after)}.`;
    element.setAttribute("aria-label", words);
    note.textContent = words;
  };
  return { element: h("div", {}, element, note), show };
}
