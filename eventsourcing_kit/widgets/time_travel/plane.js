// Both times on one plane: to the right when an event was recorded, upwards when it happened. What
// was recorded at once lies on the diagonal; how far below it an event lies is how late it came.

const PLANE = { left: 58, right: 12, top: 8, bottom: 40 };

// `choose(i)` is told which event was clicked, `point(i)` which is under the mouse (null: none).
function createPlane(frame, head, { choose, point }) {
  const picture = svg("svg", { "aria-hidden": "true" });
  const element = h("div", {
    class: "es-plane", tabindex: "0", role: "img",
    click: (event) => choose(nearest(event)),
    pointermove: (event) => see(nearest(event)),
    pointerleave: () => see(null),
  }, picture);
  let scale = null; // of the last drawing
  let pointed = null; // the event under the mouse

  function see(i) {
    if (i === pointed) return;
    pointed = i;
    point(i);
    show();
  }

  // The number of the event that is nearest to the mouse, if one is near.
  function nearest({ clientX, clientY }) {
    const { left, top } = picture.getBoundingClientRect();
    const far = head.shown.events.map((event) => Math.hypot(
      scale.x(event.recorded_at) - clientX + left, scale.y(event.occurred_at) - clientY + top));
    const least = Math.min(...far);
    return least <= 9 ? far.indexOf(least) + 1 : null;
  }

  const live = svg("g"); // what moves with the head
  function draw() {
    const { clientWidth: width, clientHeight: height } = picture;
    scale = planeScale(head, width, height);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.replaceChildren(...planeAxes(scale, head), ...planeEvents(scale, head), live);
    show();
  }

  function show() {
    const event = head.shown.events[(pointed ?? head.index) - 1];
    live.replaceChildren(...playheadOn(scale, head), ...(event ? bothTimes(scale, event) : []));
    element.setAttribute("aria-label", `Both times on one plane. ${event ? `${event.type}: occurred ${
      weekday(event.occurred_at)}, recorded ${weekday(event.recorded_at)}, ${lateness(event)}`
      : "Before the first event"}`);
  }

  const isOn = () => frame.model.get("plane") && head.shown.events.some(isLate);
  return { element, isOn, draw, show };
}

// The same part of the time in both directions.
function planeScale(head, width, height) {
  const [from, to] = head.ends();
  const box = { left: PLANE.left, right: width - PLANE.right, top: PLANE.top, bottom: height - PLANE.bottom };
  const part = (us) => (us - from) / (to - from);
  return {
    ...box, from, to,
    x: (us) => box.left + part(us) * (box.right - box.left),
    y: (us) => box.bottom - part(us) * (box.bottom - box.top),
    inside: ({ recorded_at: recorded, occurred_at: occurred }) =>
      [recorded, occurred].every((us) => us >= from && us <= to),
  };
}

function planeAxes({ left, right, top, bottom, from, to, x, y }, { shown: { order } }) {
  const named = (name) => ({ class: order === name ? "es-now" : null });
  const middle = (left + right) / 2;
  return [
    svg("path", { class: "es-axes", d: `M${left} ${top}V${bottom}H${right}` }),
    svg("path", { class: "es-diagonal", d: `M${left} ${bottom}L${right} ${top}` }),
    ...timeTicks(from, to, (right - left) / 56).filter(([us]) => x(us) < right - 12).map(([us, text]) =>
      svg("text", { x: x(us), y: bottom + 14, "text-anchor": "middle" }, text)),
    ...timeTicks(from, to, (bottom - top) / 26).map(([us, text]) =>
      svg("text", { x: left - 5, y: y(us) + 4, "text-anchor": "end" }, text)),
    svg("text", { ...named("recorded_at"), x: middle, y: bottom + 31, "text-anchor": "middle" }, "recorded →"),
    svg("text", { ...named("occurred_at"), x: left + 5, y: bottom - 5, transform:
      `rotate(-90 ${left + 5} ${bottom - 5})`, dy: 10 }, "occurred →"),
  ];
}

// A dot each; of the late ones also the way down from the diagonal.
function planeEvents({ x, y, inside }, { shown: { events } }) {
  return events.filter(inside).flatMap((event) => {
    const [cx, cy] = [x(event.recorded_at), y(event.occurred_at)];
    const dot = svg("circle", { class: isLate(event) ? "es-late" : null, cx, cy, r: isLate(event) ? 3.5 : 2 });
    if (!isLate(event)) return [dot];
    return [svg("path", { class: "es-late", d: `M${cx} ${y(event.recorded_at)}V${cy}` }), dot];
  });
}

// A line on the axis that the order goes by, and what lies beyond it, veiled.
function playheadOn({ left, right, top, bottom, x, y }, { time, shown: { order } }) {
  const at = order === "recorded_at" ? clamp(x(time), left, right) : clamp(y(time), top, bottom);
  const veil = order === "recorded_at"
    ? { x: at, y: top, width: right + 4 - at, height: bottom - top }
    : { x: left, y: top, width: right + 4 - left, height: at - top };
  const line = order === "recorded_at" ? `M${at} ${top}V${bottom}` : `M${left} ${at}H${right}`;
  return [svg("rect", { class: "es-veil", ...veil }), svg("path", { class: "es-line", d: line })];
}

// The two dates of an event, led to its dot from both axes.
function bothTimes({ left, right, top, bottom, x, y, inside }, event) {
  const [cx, cy] = [x(event.recorded_at), y(event.occurred_at)];
  const isUnder = cx < left + 190 && cy < top + 50; // the words, if these stood where nothing can be
  const place = isUnder ? { x: right - 4, y: bottom - 36, "text-anchor": "end" } : { x: left + 6, y: top + 10 };
  const words = [`occurred ${weekday(event.occurred_at)}`, `recorded ${weekday(event.recorded_at)}`,
    lateness(event)];
  const lines = words.map((text, i) => svg("text", { class: "es-words", ...place, dy: 15 * i }, text));
  if (!inside(event)) return lines;
  return [svg("path", { class: "es-led", d: `M${left} ${cy}H${cx}V${bottom}` }),
    svg("circle", { class: "es-ring", cx, cy, r: 6 }), ...lines];
}

// Fri 04-25 06:00
function weekday(us) {
  const day = new Date(us / 1000).toLocaleDateString("en", { weekday: "short", timeZone: "UTC" });
  return `${day} ${isoTime(us).slice(5, 16).replace("T", " ")}`;
}

function lateness(event) {
  if (!isLate(event)) return "at once";
  return `${lagText(event)} ${event.recorded_at > event.occurred_at ? "late" : "early"}`;
}
