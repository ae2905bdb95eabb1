// Lanes: a participant each, its turns as boxes in the order of time. Where turns may be moved they
// follow the pointer; else one of them is the place that is looked at, and later ones are faint.

const LANE = 64;
const BOX = 44;

const shortened = (words, most) => (words.length <= most ? words : `${words.slice(0, most - 1)}…`);
// What is done, without the how, where there is no room for both.
const brief = (step, most) => shortened(step.length <= most ? step : step.split(" ")[0], most);

// Handlers of a box at x, y: it follows the pointer, `over` and at last `drop` get how far.
function draggable(x, y, scale, over, drop) {
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
      event.currentTarget.classList.add("es-dragged");
      event.currentTarget.style.transform = `translate(${x + dragged(event)}px, ${y}px)`;
      over(dragged(event));
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
    const place = (by) => clamp(i + Math.round(by / room), 0, turns - 1);
    const over = (by) => makeRoom(i, place(by), room);
    return { keydown, ...draggable(x, y, scale, over, (by) => move(i, place(by))) };
  }

  // The boxes between the turn that is dragged and where it would be dropped step aside.
  function makeRoom(from, to, room) {
    [...element.querySelectorAll(".es-turn")].forEach((box, i) => {
      const aside = i > from && i <= to ? -room : i < from && i >= to ? room : 0;
      if (i !== from) box.style.translate = `${aside}px`;
    });
  }

  function turnBox([name, step, note, saw = ""], i, place) {
    const under = note || saw; // what was raised, else what it saw
    const { turns, left, room, at } = place;
    const lane = people.findIndex(([, one]) => one === name);
    const [x, y] = [left + room * i, LANE * (lane + 0.5)];
    const kind = at === null ? "" : i > at ? " es-later" : i === at ? " es-at-turn" : "";
    const keys = move ? "Left and right move it." : "Left and right go through the turns.";
    const letters = Math.max(3, Math.floor((room - 14) / 6.9));
    const middle = { x: room / 2, "text-anchor": "middle" };
    const box = svg("g", {
      class: `es-turn${note && move ? " es-noted" : ""}${kind}`, tabindex: "0", role: "button",
      "aria-label": `Turn ${i + 1} of ${turns}: ${name}, ${step}${under ? `, ${under}` : ""}. ${keys}`,
      style: `transform: translate(${x}px, ${y}px)`,
      ...handlers(i, x, y, place),
    },
    svg("rect", { x: 3, y: -BOX / 2, width: room - 6, height: BOX, rx: 4 }),
    svg("text", { ...middle, y: under ? -2 : 4 }, (move ? brief : shortened)(step, letters)));
    if (under) {
      box.append(svg("text",
        { ...middle, class: note ? "es-note" : "es-saw", y: 14 }, shortened(under, letters)));
    }
    box.append(svg("title", {}, `${name}: ${step}${under ? ` (${under})` : ""}`));
    return box;
  }

  // From what a participant saw to its next step: broken where that has changed in between.
  function fromSeen(turns, i, { left, room }) {
    const [name, , note, saw, after] = turns[i];
    const next = turns.findIndex((one, at) => at > i && one[0] === name);
    if (!saw || note || next < 0) return [];
    const stale = turns.slice(i + 1, next).some((one) => one[4] !== after);
    const y = LANE * (people.findIndex(([, one]) => one === name) + 0.5);
    return [svg("line", {
      class: stale ? "es-thread es-stale" : "es-thread",
      x1: left + room * (i + 0.5), x2: left + room * (next + 0.5), y1: y, y2: y,
    })];
  }

  // What anybody could have read after each turn.
  function watchedLane(watched, turns, { left, room }) {
    const y = LANE * people.length + 14;
    return [svg("text", { class: "es-who", x: 0, y }, shortened(watched, 9)),
      ...turns.map(([, , , , after], i) => svg("text", {
        class: i && turns[i - 1][4] !== after ? "es-after es-other" : "es-after",
        x: left + room * (i + 1) - 4, y, "text-anchor": "end",
      }, shortened(after, 9)))];
  }

  // A participant that waits takes its step later than its turn: what is shown is what was done.
  // `at` is the turn that is looked at, where there is one; `watched` names a lane of its own.
  const draw = (turns, space, focus, at = null, watched = "") => {
    const width = Math.max(320, element.clientWidth || space);
    const left = 70;
    const room = Math.min((width - left) / turns.length, move ? Infinity : 320);
    const place = { turns: turns.length, left, room, at };
    const height = LANE * people.length + (watched ? 24 : 0);
    element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    element.setAttribute("height", height);
    const lines = people.flatMap(([, name], i) => {
      const y = LANE * (i + 0.5);
      return [svg("line", { class: "es-lane", x1: left, x2: width, y1: y, y2: y }),
        svg("text", { class: "es-who", x: 0, y: y + 4 }, shortened(name, 9))];
    });
    const boxes = turns.map((turn, i) => turnBox(turn, i, place));
    const threads = turns.flatMap((_, i) => fromSeen(turns, i, place));
    const values = watched ? watchedLane(watched, turns, place) : [];
    const had = [...element.querySelectorAll("g")].indexOf(document.activeElement);
    element.replaceChildren(...lines, ...threads, ...boxes, ...values);
    boxes[focus ?? had]?.focus();
  };
  return { element, draw };
}
