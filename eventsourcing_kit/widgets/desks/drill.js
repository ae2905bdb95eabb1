// Cards: Space turns one, 1 to 4 rate it, and the next one comes.

const RATINGS = ["again", "hard", "good", "easy"];

// What stands above the card: how far, and what it is about.
function heading({ card, left, of, ratings }) {
  const tags = card ? [card.topic, card.level, `chapter ${card.chapter}`] : [];
  return [
    h("b", {}, card ? `${left} left of ${of}` : of ? `Done: ${counted(of, "card")}` : "No cards"),
    ...tags.map((text) => h("span", { class: "es-tag" }, text)),
    h("span", { class: "es-muted" }, RATINGS.map((name) => `${ratings[name]} ${name}`).join(", ")),
  ];
}

// What the card's claim did when it was run.
function claimParts({ says, code, output }) {
  return [
    h("hr", {}),
    block({ label: "Shown", text: says, code }),
    h("div", { class: "es-block" }, h("h4", {}, "It prints"), h("pre", { class: "es-prints" }, output)),
  ];
}

function cardFace({ card, shown, of, missed, outlook }, turned) {
  if (card) {
    return [
      ...card.front.map(block),
      ...(turned ? [h("hr", {}), ...card.back.map(block)] : []),
      ...(turned && shown ? claimParts(shown) : []),
    ];
  }
  return [
    h("p", {}, outlook),
    ...(missed.length ? [block({ label: "You forgot", items: missed })] : []),
    ...(of ? [h("p", { class: "es-muted" }, "Run the cell again for another session.")] : []),
  ];
}

function render(context) {
  const frame = createDesk(context, "es-drill", { tabindex: "0" });
  let turned = false;
  let shownTurn = null;
  const head = h("div", { class: "es-row es-head-row" });
  const face = h("div", { class: "es-card", tabindex: "-1", role: "region", "aria-label": "Card" });
  const turn = button("Show the answer", null, reveal);
  const prove = button("", null, showIt);
  const rates = RATINGS.map((_, i) => button("", null, () => rate(i + 1)));
  const keys = keyLegend([["Space", "turns the card"], ["1 2 3 4", "again, hard, good, easy"],
    ["S", "runs what the answer claims"], ["↑ ↓", "scroll"]]);
  frame.put(frame.title, head, face, h("div", { class: "es-row es-rates" }, turn, ...rates, prove), keys);
  onKeys(frame.root, {
    " ": reveal, s: showIt,
    1: () => rate(1), 2: () => rate(2), 3: () => rate(3), 4: () => rate(4),
    ArrowDown: () => face.scrollBy({ top: 60 }), ArrowUp: () => face.scrollBy({ top: -60 }),
  });

  function reveal() {
    if (turned || !frame.view().card) return;
    turned = true;
    show();
    frame.root.focus(); // the button that had the focus is gone
    face.scrollTop = 0;
    frame.say("The answer is shown. Rate yourself from 1, again, to 4, easy.");
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

  function show() {
    const view = frame.view();
    const { card, left, ratings, next } = view;
    const thisTurn = card ? `${card.id} ${left} ${Object.values(ratings).join(" ")}` : "end";
    if (thisTurn !== shownTurn) {
      turned = false;
      face.scrollTop = 0;
      if (shownTurn !== null) {
        frame.say(card ? card.front.map(({ text }) => text).join(" ") : "That was the last card.");
      }
    }
    shownTurn = thisTurn;
    const ran = turned && view.shown && !face.querySelector(".es-prints");
    head.replaceChildren(...heading(view));
    face.replaceChildren(...cardFace(view, turned));
    if (ran) {
      const from = [...face.querySelectorAll("hr")].at(-1).getBoundingClientRect().top;
      face.scrollTop += from - face.getBoundingClientRect().top;
      frame.say(`It prints: ${view.shown.output}`);
    }
    turn.hidden = turned || !card;
    prove.replaceChildren(h("kbd", {}, "S"), " Show it");
    prove.disabled = false;
    prove.hidden = !turned || !view.shows || Boolean(view.shown);
    rates.forEach((one, i) => {
      one.hidden = !turned || !card;
      one.replaceChildren(h("kbd", {}, String(i + 1)), ` ${RATINGS[i]} `,
        h("span", { class: "es-muted" }, next[RATINGS[i]] ?? ""));
    });
    keys.hidden = !card;
    Object.assign(frame.root.dataset, { left, turned, card: card ? card.id : "" });
  }

  frame.follow(show);
}

export default { render };
