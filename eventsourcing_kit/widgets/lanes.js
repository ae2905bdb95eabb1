// Lanes: a participant each, its turns as boxes in the order of time. Where turns may be moved they
// follow the pointer; else one of them is the place that is looked at, and later ones are faint.

const LANE = 64;
const BOX = 44;

const shortened = (words, most) => (words.length <= most ? words : `${words.slice(0, most - 1)}…`);

// Handlers of a box at x, y: it follows the pointer, and `drop` gets how far it was dragged.
function draggable(x, y, scale, drop) {
  let start = null; // where the pointer went down; null when it is up
  const dragged = (event) => (event.clientX - start) * scale();
  const release = (event) => {
    if (start === null) return;
    const by = dragged(event);
    start = null;
    drop(by);
  };
  return {
    pointerdown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      start = event.clientX;
    },
    pointermove: (event) => {
      if (start === null) return;
      event.currentTarget.setAttribute("transform", `translate(${x + dragged(event)}, ${y})`);
    },
    pointerup: release,
    pointercancel: release,
  };
}

// `people` by letter, in the order of the lanes. `move(from, to)` is asked for another order; where
// there is none, `choose(i)` is told which turn is looked at.
function laneChart(people, move, choose = null) {
  const element = svg("svg",
    { class: "es-lanes", role: "group", "aria-label": "Lanes: steps in the order of time" });
  const scale = () =>
    element.viewBox.baseVal.width / Math.max(1, element.getBoundingClientRect().width);

  // What is done with the box of turn i.
  function handlers(i, x, y, { turns, room }) {
    const go = (to) => (move ? move(i, to) : choose(clamp(to, 0, turns - 1)));
    const keydown = (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      go(i + by);
    };
    if (!move) return { keydown, click: () => choose(i) };
    const drop = (by) => move(i, clamp(i + Math.round(by / room), 0, turns - 1));
    return { keydown, ...draggable(x, y, scale, drop) };
  }

  function turnBox([name, step, note], i, place) {
    const { turns, left, room, at } = place;
    const lane = people.findIndex(([, one]) => one === name);
    const [x, y] = [left + room * i, LANE * (lane + 0.5)];
    const kind = at === null ? "" : i > at ? " es-later" : i === at ? " es-at-turn" : "";
    const keys = move ? "Left and right move it." : "Left and right go through the turns.";
    const letters = Math.max(3, Math.floor((room - 14) / 6.6));
    const middle = { x: room / 2, "text-anchor": "middle" };
    const box = svg("g", {
      class: `es-turn${note && move ? " es-noted" : ""}${kind}`, tabindex: "0", role: "button",
      "aria-label": `Turn ${i + 1} of ${turns}: ${name}, ${step}${note ? `, ${note}` : ""}. ${keys}`,
      transform: `translate(${x}, ${y})`,
      ...handlers(i, x, y, place),
    },
    svg("rect", { x: 3, y: -BOX / 2, width: room - 6, height: BOX, rx: 4 }),
    svg("text", { ...middle, y: note ? -2 : 4 }, shortened(step, letters)));
    if (note) box.append(svg("text", { ...middle, class: "es-note", y: 14 }, shortened(note, letters)));
    box.append(svg("title", {}, `${name}: ${step}${note ? ` (${note})` : ""}`));
    return box;
  }

  // A participant that waits takes its step later than its turn: what is shown is what was done.
  // `at` is the turn that is looked at, where there is one.
  const draw = (turns, space, focus, at = null) => {
    const width = Math.max(320, element.clientWidth || space);
    const left = 70;
    const room = Math.min((width - left) / turns.length, move ? Infinity : 320);
    const place = { turns: turns.length, left, room, at };
    element.setAttribute("viewBox", `0 0 ${width} ${LANE * people.length}`);
    element.setAttribute("height", LANE * people.length);
    const lines = people.flatMap(([, name], i) => {
      const y = LANE * (i + 0.5);
      return [svg("line", { class: "es-lane", x1: left, x2: width, y1: y, y2: y }),
        svg("text", { class: "es-who", x: 0, y: y + 4 }, shortened(name, 9))];
    });
    const boxes = turns.map((turn, i) => turnBox(turn, i, place));
    const had = [...element.querySelectorAll("g")].indexOf(document.activeElement);
    element.replaceChildren(...lines, ...boxes);
    boxes[focus ?? had]?.focus();
  };
  return { element, draw };
}
