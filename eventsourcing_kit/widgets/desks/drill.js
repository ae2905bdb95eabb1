// Cards: Space turns one, 1 to 4 rate it, and the next one comes.

const RATINGS = ["again", "hard", "good", "easy"];

function render({ model, el }) {
  let turned = false;
  let shownId = null;
  const head = h("div", { class: "es-row es-head-row" });
  const face = h("div", { class: "es-card", tabindex: "-1", role: "region", "aria-label": "Card" });
  const turn = h("button", { type: "button", click: reveal }, "Show the answer");
  const rates = RATINGS.map((name, i) =>
    h("button", { type: "button", click: () => rate(i + 1) }, name));
  const buttons = h("div", { class: "es-row es-rates" }, turn, ...rates);
  const keys = keyLegend([["Space", "turns the card"], ["1 2 3 4", "again, hard, good, easy"], ["↑ ↓", "scroll"]]);
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });
  const error = h("div", { class: "es-error", role: "alert" });
  const root = h("div", {
    class: "es-widget es-desk es-drill", role: "group", "aria-label": model.get("title"), tabindex: "0",
    "data-lm-suppress-shortcuts": "true",
  }, h("div", { class: "es-title" }, model.get("title")), head, face, buttons, keys, error, announcement);
  el.replaceChildren(root);

  onKeys(root, {
    " ": reveal,
    1: () => rate(1), 2: () => rate(2), 3: () => rate(3), 4: () => rate(4),
    ArrowDown: () => face.scrollBy({ top: 60 }), ArrowUp: () => face.scrollBy({ top: -60 }),
  });

  function reveal() {
    if (turned || !model.get("view").card) return;
    turned = true;
    show();
    root.focus(); // the button that had the focus is gone
    face.scrollTop = 0;
    announcement.textContent = "The answer is shown. Rate yourself from 1, again, to 4, easy.";
  }

  function rate(rating) {
    const { card } = model.get("view");
    if (!turned || !card) return;
    root.focus();
    ask(model, { rate: rating, card: card.id }, error);
  }

  function show() {
    const { card, left, of, ratings, next, missed, outlook } = model.get("view");
    const turnOf = card ? `${card.id} ${left} ${Object.values(ratings).join(" ")}` : "end";
    if (turnOf !== shownId) {
      turned = false;
      face.scrollTop = 0;
      if (shownId !== null) {
        announcement.textContent = card ? card.front.map(({ text }) => text).join(" ") : "That was the last card.";
      }
    }
    shownId = turnOf;
    const done = RATINGS.map((name) => `${ratings[name]} ${name}`).join(", ");
    head.replaceChildren(
      h("b", {}, card ? `${left} left of ${of}` : of ? `Done: ${of} card${of === 1 ? "" : "s"}` : "No cards"),
      ...(card ? [h("span", { class: "es-tag" }, card.topic),
        h("span", { class: "es-tag" }, card.level), h("span", { class: "es-tag" }, `chapter ${card.chapter}`)] : []),
      h("span", { class: "es-muted" }, done));
    if (card) {
      face.replaceChildren(...card.front.map(block), ...(turned ? [h("hr", {}), ...card.back.map(block)] : []));
    } else {
      face.replaceChildren(
        h("p", {}, outlook),
        ...(missed.length ? [block({ label: "You forgot", items: missed })] : []),
        ...(of ? [h("p", { class: "es-muted" }, "Run the cell again for another session.")] : []));
    }
    turn.hidden = turned || !card;
    rates.forEach((button, i) => {
      button.hidden = !turned || !card;
      button.replaceChildren(h("kbd", {}, String(i + 1)), ` ${RATINGS[i]} `,
        h("span", { class: "es-muted" }, next[RATINGS[i]] ?? ""));
    });
    keys.hidden = !card;
    Object.assign(root.dataset, { left, turned, card: card ? card.id : "" });
  }

  return desk({ model, root, error, show });
}

export default { render };
