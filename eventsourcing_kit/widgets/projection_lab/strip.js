// An event's way through a projection: it waits, it passes two gates, it is done. What lies between
// the gates is lit where a crash would do harm.

const STRIP = 84; // pixels
const RAIL = 40;
const PLACES = { queue: "waits", between: "between the gates", done: "through both gates", lost: "lost" };
const BOLT = "4,-26 -8,-4 -1,-4 -6,14 8,-9 1,-9 9,-26";

// Where the event is that a projection is about, and which one that is.
function tokenOf(lane, head) {
  const { at, did, open } = lane;
  if (open) return { at, place: "between" };
  if (["saved", "committed", "handled_late"].includes(did)) return { at, place: "done" };
  if (["crashed_between", "rolled_back"].includes(did)) return { at, place: "between" };
  if (isLost(lane) && did !== "waits") return { at, place: "lost" };
  return lane.checkpoint < head ? { at: lane.checkpoint, place: "queue" } : null;
}

const isLost = ({ at, applied, times }) => at < applied && !times[at];

function stripPlaces(width) {
  const [first, second] = [width * 0.4, width - 42];
  return { first, second, queue: [24, RAIL], between: [(first + second) / 2, RAIL],
    done: [width - 16, RAIL], lost: [(first + second) / 2, RAIL + 12] };
}

// A token with a position on it. It is put somewhere by its transform, so that it can travel.
function createToken() {
  const box = svg("rect", { y: -12, height: 24, rx: 12 });
  const number = svg("text", { "text-anchor": "middle", y: 4 });
  const element = svg("g", {}, box, number);
  const show = (text, [x, y], kind) => {
    const wide = Math.max(24, 12 + 7 * text.length);
    box.setAttribute("x", -wide / 2);
    box.setAttribute("width", wide);
    number.textContent = text;
    element.setAttribute("class", `es-token ${kind}`);
    element.style.transform = `translate(${x}px, ${y}px)`;
  };
  return { element, show };
}

function gate(x, number, name, width) {
  const last = x > width / 2;
  return [svg("line", { class: "es-gate", x1: x, x2: x, y1: RAIL - 20, y2: RAIL + 20 }),
    svg("text", { x: last ? width : x, y: 12, "text-anchor": last ? "end" : "middle" },
      `${number} ${name}`)];
}

// `words` as in view.js; the gates and what a crash between them does are Python's.
function createStrip({ gates, harms, between }, words) {
  const still = svg("g", {});
  const moving = svg("g", {}); // the token stays in it: taken out and put back, it would not travel
  const struck = svg("g", {});
  const element = svg("svg", { class: "es-strip-of", role: "img", height: STRIP }, still, moving, struck);
  let shown = null; // which event the token stands for
  let token = null;

  function scene(lane, found, { head, down }, cure, width) {
    const { first, second } = stripPlaces(width);
    const names = gates[cure].map((name) =>
      name === "checkpoint" ? `checkpoint ${count(words.positionOf(lane.checkpoint))}` : name);
    const whole = cure === "transaction";
    const harm = harms.includes(cure) && (lane.open || ["crashed_between", "lost"].includes(lane.did));
    const zone = svg("rect", {
      class: `es-zone${harm ? " es-harm" : ""}${whole ? " es-whole" : ""}`, y: RAIL - 18, height: 36, rx: 3,
      x: whole ? first - 8 : first + 3, width: second - first + (whole ? 16 : -6),
    });
    const waiting = head - lane.checkpoint - Number(found?.at === lane.checkpoint);
    return [zone,
      svg("line", { class: down ? "es-rail es-broken" : "es-rail", x1: 0, x2: width, y1: RAIL, y2: RAIL }),
      ...gate(first, "①", names[0], width), ...gate(second, "②", names[1], width),
      svg("text", { class: "es-muted", x: 24, y: STRIP - 6, "text-anchor": "middle" },
        waiting ? `${count(waiting)} wait${waiting === 1 ? "s" : ""}` : ""),
      svg("text", { class: harm ? "es-warns" : "es-muted", x: (first + second) / 2, y: STRIP - 6, "text-anchor": "middle" },
        between[cure])];
  }

  // The same token travels; another event has its own.
  function placeToken(lane, found, width) {
    if (shown !== found?.at) {
      token = createToken();
      moving.replaceChildren(...(found ? [token.element] : []));
    }
    shown = found?.at;
    if (!found) return;
    const { at, place } = found;
    const again = place === "queue" && lane.times[at] ? "↺ " : "";
    const kind = place === "lost" ? "es-lost" : lane.times[at] > 1 ? "es-twice" : "";
    token.show(again + count(words.positionOf(at + 1)), stripPlaces(width)[place], kind);
  }

  function strike({ did }, found, width) {
    if (!["crashed", "crashed_between", "rolled_back", "lost"].includes(did)) return struck.replaceChildren();
    const [x] = stripPlaces(width)[found?.place ?? "queue"];
    struck.setAttribute("transform", `translate(${x + 12}, ${RAIL - 10})`);
    struck.replaceChildren(svg("polygon", { class: "es-bolt", points: BOLT }));
  }

  const show = (state, lane, cure) => {
    const width = Math.max(220, element.clientWidth);
    const found = tokenOf(lane, state.head);
    element.setAttribute("viewBox", `0 0 ${width} ${STRIP}`);
    element.setAttribute("aria-label", found
      ? `Position ${count(words.positionOf(found.at + 1))}: ${PLACES[found.place]}. ${between[cure]}`
      : "No event waits.");
    still.replaceChildren(...scene(lane, found, state, cure, width));
    placeToken(lane, found, width);
    strike(lane, found, width);
  };
  return { element, show };
}
