// Cards: type what you would say, Space turns the card, 1 to 4 rate it, and the next one comes.

const RATINGS = ["again", "hard", "good", "easy"];

// What stands above the card: how far, how long, what it is about, and how it went until now.
function createHeading({ signal }) {
  const left = h("b", {});
  const bar = h("progress", { class: "es-progress", "aria-label": "Cards done" });
  const time = h("span", { class: "es-muted", role: "timer", title: "Time on this card" });
  const about = h("span", { class: "es-row" });
  const ratings = h("span", { class: "es-muted" });
  let since = null; // when the card was laid down; null while no card waits for an answer

  const showTime = () => {
    if (since !== null) time.textContent = clockText((performance.now() - since) / 1000);
  };
  const start = () => {
    since = performance.now();
    showTime();
  };
  const stop = () => {
    showTime();
    since = null;
  };
  const hands = setInterval(showTime, 1000);
  signal.addEventListener("abort", () => clearInterval(hands));

  const show = (view) => {
    const { card, of } = view;
    left.textContent = card ? `${view.left} left of ${of}` : of ? `Done: ${counted(of, "card")}` : "No cards";
    bar.max = of || 1;
    bar.value = of - view.left;
    bar.hidden = !of;
    time.hidden = !card;
    const tags = card ? [card.title || card.topic, card.level, `chapter ${card.chapter}`] : [];
    if (view.again) tags.push("once more");
    about.replaceChildren(...tags.map((text) => h("span", { class: "es-tag" }, text)));
    ratings.textContent = RATINGS.filter((name) => view.ratings[name])
      .map((name) => `${view.ratings[name]} ${name}`).join(", ");
  };
  return { element: h("div", { class: "es-row es-head-row" }, left, bar, time, about, ratings), show, start, stop };
}

// What the card's claim printed when it was run; below it the code, which may be long.
function claimParts({ says, code, colours, output }) {
  return h("div", { class: "es-claim" },
    h("div", { class: "es-block" }, h("h4", {}, "It was run, and prints"), h("p", {}, says),
      h("pre", { class: "es-prints" }, output)),
    block({ label: "The code", code, colours }));
}

// A card's words, and beside them its code; the faulty one and its cure lie in one place.
function sides(words, blocks) {
  if (!blocks.length) return words;
  const codes = blocks.map(block);
  if (codes.length === 1) return [h("div", { class: "es-two" }, h("div", {}, ...words), codes[0])];
  const names = blocks.map(({ label }) => label);
  const either = tabs("The code", names, (name) =>
    codes.forEach((code, i) => { code.hidden = names[i] !== name; }));
  either.choose(names[0]);
  codes.forEach((code) => code.querySelector("h4").remove());
  return [h("div", { class: "es-two" }, h("div", {}, ...words), h("div", {}, either.element, ...codes))];
}

// The answer, and beside it what you typed. A bug's code comes again with its mark: once is enough.
function cardFace({ card, shown }, turned, said) {
  const [words, codes] = [false, true].map((isCode) => (blocks) => blocks.filter(({ code }) => Boolean(code) === isCode));
  const front = words(card.front).map(block);
  if (!turned) return sides(front, codes(card.front));
  const [first, ...others] = words(card.back).map(block);
  first.id = `es-${unique()}`;
  const back = h("div", {
    class: `es-back ${said ? "es-beside" : ""}`, tabindex: "-1", role: "region",
    "aria-label": "Answer", "aria-describedby": first.id,
  }, ...(said ? [block({ label: "You wrote", text: said })] : []), first, ...others, ...(shown ? [claimParts(shown)] : []));
  return sides([...front, back], codes(card.back));
}

function endFace({ of, missed, outlook }) {
  return [
    h("p", {}, ...prose(outlook)),
    ...(missed.length ? [block({ label: "You forgot", items: missed })] : []),
    ...(of ? [h("p", { class: "es-muted" }, "Run the cell again for another session.")] : []),
  ];
}

// The keys that do something now.
function keysFor(turned, shows) {
  if (!turned) return [["Enter", "type an answer"], ["Space", "turns the card"], [SEND_KEY, "turns it from the field"]];
  return [["1 2 3 4", "again, hard, good, easy"], ...(shows ? [["S", "runs what the answer claims"]] : []), ["↑ ↓", "scroll"]];
}

// The four ratings with their keys; `rate` gets 1 to 4.
function rateButtons(rate) {
  const all = RATINGS.map((_, i) => button("", null, () => rate(i + 1)));
  const show = ({ next }, visible) => all.forEach((one, i) => {
    one.hidden = !visible;
    one.replaceChildren(h("kbd", {}, String(i + 1)), ` ${RATINGS[i]} `,
      h("span", { class: "es-muted" }, next[RATINGS[i]] ?? ""));
  });
  return { all, show };
}

function render(context) {
  const frame = createDesk(context, "es-drill", { tabindex: "0" });
  let turned = false;
  let shownTurn = null;
  const head = createHeading(frame);
  const face = panel("Card");
  face.className = "es-card";
  const field = sendingField("What you would say", 2, reveal, {
    leave: () => frame.root.focus(), placeholder: "Say it aloud, or type it here: it is kept, and stands beside the answer",
  });
  const turn = button("Show the answer", null, reveal);
  const prove = button("", null, showIt);
  const rates = rateButtons(rate);
  const keys = h("div", {});
  frame.put(frame.title, head.element, face, field, h("div", { class: "es-row es-rates" }, turn, ...rates.all, prove), keys);
  onKeys(frame.root, {
    " ": reveal, s: showIt, Enter: () => { if (!turned) field.focus(); },
    1: () => rate(1), 2: () => rate(2), 3: () => rate(3), 4: () => rate(4),
    ArrowDown: () => face.scrollBy({ top: 60 }), ArrowUp: () => face.scrollBy({ top: -60 }),
  });

  function reveal() {
    const { card } = frame.view();
    if (turned || !card) return;
    turned = true;
    head.stop();
    if (field.value.trim()) frame.ask({ answer: field.value, card: card.id });
    show();
    const back = face.querySelector(".es-back");
    back.focus({ preventScroll: true }); // it is read aloud from here
    const hidden = back.offsetTop > face.clientHeight / 2;
    face.scrollTop = hidden ? back.offsetTop - 8 : 0;
    frame.say("Rate yourself from 1, again, to 4, easy.");
  }

  function tellShown({ output }) {
    const claim = face.querySelector(".es-claim");
    face.scrollTop += claim.getBoundingClientRect().top - face.getBoundingClientRect().top;
    frame.say(`It prints: ${output}`);
  }

  function showIt() {
    const { card, shows, shown } = frame.view();
    if (!turned || !shows || shown) return;
    frame.root.focus(); // a disabled button would drop the focus
    prove.disabled = true;
    prove.textContent = "It runs …";
    frame.say("It runs.");
    frame.ask({ show: card.id });
  }

  function rate(rating) {
    const { card } = frame.view();
    if (!turned || !card) return;
    frame.root.focus();
    frame.ask({ rate: rating, card: card.id });
  }

  function lay(view) {
    turned = false;
    face.scrollTop = 0;
    field.value = view.said;
    head.start();
    if (shownTurn !== null) {
      frame.say(view.card ? view.card.front.map(({ text }) => text).join(" ") : "That was the last card.");
    }
  }

  function show() {
    const view = frame.view();
    const { card, left, ratings } = view;
    const thisTurn = card ? `${card.id} ${left} ${Object.values(ratings).join(" ")}` : "end";
    if (thisTurn !== shownTurn) lay(view);
    shownTurn = thisTurn;
    head.show(view);
    const open = `${thisTurn} ${turned} ${Boolean(view.shown)}`;
    if (face.dataset.open !== open) { // what is read is not taken away when Python has noted an answer
      face.dataset.open = open;
      face.replaceChildren(...(card ? cardFace(view, turned, field.value.trim()) : endFace(view)));
      if (turned && view.shown) tellShown(view.shown);
    }
    field.hidden = turn.hidden = turned || !card;
    prove.replaceChildren(h("kbd", {}, "S"), " Show it");
    prove.disabled = false;
    prove.hidden = !turned || !view.shows || Boolean(view.shown);
    rates.show(view, turned && card);
    keys.replaceChildren(...(card ? [keyLegend(keysFor(turned, view.shows))] : []));
    Object.assign(frame.root.dataset, { left, turned, card: card ? card.id : "" });
  }

  frame.follow(show);
}

export default { render };
