// The history as a picture: the curve of the money, and on two rails when each event happened and
// when it was recorded.

const isLate = ({ recorded_at: recorded, occurred_at: occurred }) => recorded !== occurred;
const RAIL = 22; // from one rail to the other

function drawHistory(slider, colours, head, moneyField, matches) {
  const drawing = startDrawing(slider.canvas);
  const { events, states, others, money, account, order } = head.shown;
  const inner = slider.innerWidth();
  const x = (fraction) => MARGIN.left + head.onScreen(fraction) * inner;
  const twice = events.some(isLate);
  const lower = drawing.height - MARGIN.bottom - 10;
  const rails = twice ? { occurred_at: lower - RAIL, recorded_at: lower } : { [order]: lower };
  const floor = Math.min(...Object.values(rails)) - 16;
  const amounts = states.concat(others ?? []).map((state) => state.money);
  const [low, high] = minMax([...amounts, 0]);
  const y = (amount) => floor - (floor - MARGIN.top) * ((amount - low) / (high - low || 1));
  const yTicks = roundTicks(low, high, 4).map((tick) => [y(tick), money.tick(tick)]);
  drawAxes(drawing, colours, axisTicks(head, x, inner), yTicks, account.currency || moneyField);
  const { context, width, height } = drawing;
  context.save();
  context.beginPath();
  context.rect(MARGIN.left - 4, 0, width - MARGIN.left - MARGIN.right + 8, height);
  context.clip();
  const xs = events.map((_, i) => x(head.xOfIndex(i + 1)));
  const otherXs = otherPlaces(head, x);
  const places = xs.map((at, i) => otherXs[i] + head.slide * (at - otherXs[i]));
  const curve = (list, isOff, ...style) => {
    const points = head.slide === 1 ? list.map(({ money: amount }, i) => [i ? xs[i - 1] : x(head.xOfIndex(0)), amount])
      : onTheWay(x(head.xOfIndex(0)), account.opening, places, events, isOff);
    drawSteps(drawing, points.map(([at]) => at), points.map(([, amount]) => y(amount)), x(1), ...style);
  };
  curve(states, () => false, colours.fact);
  if (others) curve(others, ({ position }) => head.shown.off.has(position), colours.other, [6, 4]);
  drawRails(drawing, colours, head, { xs, otherXs, places, rails, matches });
  context.restore();
  if (twice) nameRails(drawing, colours, rails, order);
}

function axisTicks(head, x, inner) {
  const most = inner / 75;
  const [from, to] = head.lens;
  if (head.by === "time") {
    const span = head.end - head.start;
    return timeTicks(head.start + from * span, head.start + to * span, most)
      .map(([us, text]) => [x(head.xOfTime(us)), text]);
  }
  const total = head.shown.events.length;
  return roundTicks(from * total, to * total, Math.max(1, Math.min((to - from) * total, most)))
    .filter(Number.isInteger).map((i) => [x(head.xOfIndex(i)), count(i)]);
}

// The curve while the order changes, its events between one of their times and the other.
function onTheWay(left, opening, places, events, isOff) {
  const steps = places.map((at, i) => [at, isOff(events[i]) ? 0 : events[i].delta]);
  steps.sort(([a], [b]) => a - b);
  let amount = opening;
  return [[left, opening], ...steps.map(([at, delta]) => [at, amount += delta])];
}

// Where each event stands in the order that is not the current one.
function otherPlaces(head, x) {
  const { events, order } = head.shown;
  const other = order === "recorded_at" ? "occurred_at" : "recorded_at";
  if (head.by === "time") return events.map((event) => x(head.xOfTime(event[other])));
  const sorted = [...events].sort((a, b) => a[other] - b[other] || a.position - b.position);
  const rank = new Map(sorted.map((event, i) => [event, i + 1]));
  return events.map((event) => x(rank.get(event) / Math.max(1, events.length)));
}

// Up: money in. Down: money out; the more, the longer. A dot: neither. A cross: switched off. A
// line leads from when it happened to when it was recorded.
function drawRails({ context, width }, colours, head, { xs, otherXs, places, rails, matches }) {
  const { events, off, order } = head.shown;
  const rail = rails[order];
  const from = Object.entries(rails).find(([name]) => name !== order)?.[1] ?? rail;
  const y = from + head.slide * (rail - from);
  context.lineWidth = 1;
  context.strokeStyle = colours.grid;
  for (const at of Object.values(rails)) stroke(context, MARGIN.left, at + 0.5, width, at + 0.5);
  const most = Math.log1p(Math.max(1, ...events.map(({ delta }) => Math.abs(delta))));
  events.forEach((event, i) => {
    const isOff = off.has(event.position);
    context.globalAlpha = matches(event) ? 1 : 0.15;
    for (const [name, at] of Object.entries(rails)) {
      if (name === order) continue;
      context.lineWidth = 1;
      context.strokeStyle = colours.muted;
      if (isLate(event)) stroke(context, xs[i], rail, otherXs[i], at);
      stroke(context, otherXs[i], at - 2, otherXs[i], at + 2);
    }
    context.lineWidth = 1.5;
    if (isOff) {
      context.strokeStyle = colours.text;
      stroke(context, places[i] - 4, y - 4, places[i] + 4, y + 4);
      stroke(context, places[i] - 4, y + 4, places[i] + 4, y - 4);
    } else if (event.delta) {
      const length = 3 + (7 * Math.log1p(Math.abs(event.delta))) / most;
      context.strokeStyle = event.delta > 0 ? colours.fact : colours.other;
      stroke(context, places[i], y, places[i], y - length * Math.sign(event.delta));
    } else {
      context.fillStyle = colours.text;
      context.beginPath();
      context.arc(places[i], y, 2, 0, 2 * Math.PI);
      context.fill();
    }
  });
  context.globalAlpha = 1;
}

function stroke(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function nameRails({ context }, colours, rails, order) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const [name, at] of Object.entries(rails)) {
    context.fillStyle = name === order ? colours.text : colours.muted;
    context.fillText(name.replace("_at", ""), MARGIN.left - 8, at);
  }
}

// What the ticks mean.
function legend(head) {
  const late = [...head.byId.values()].some(({ events }) => events.some(isLate));
  const [up, down] = head.shown.account.currency ? ["in", "out"] : ["more", "less"];
  return h("div", { class: "es-keys", "aria-hidden": "true" },
    h("span", {}, h("i", { class: "es-up" }), ` ${up}`), h("span", {}, h("i", { class: "es-down" }), ` ${down}`),
    h("span", {}, "● neither"), h("span", {}, "✕ switched off"),
    ...(late ? [h("span", {}, "╱ recorded later than it happened")] : []));
}
