// Writers with a button each: what they have read, what they append, what the store said to it.

const OF_STATE = { ready: "", stored: "✓ ", refused: "✕ " };

// A writer's card; `order` gets an action and their name.
function writerCard(name, order) {
  const append = button("Append", null, () => order("append", name));
  const read = button("Read again", `${name} reads again`, () => order("read", name));
  const expected = h("b", {});
  const event = h("code", { dir: "auto" });
  const told = h("div", { class: "es-told-it", dir: "auto" });
  const element = h("section", { class: "es-writer", "aria-label": name },
    h("div", { class: "es-row" }, h("b", { dir: "auto" }, name), append, read),
    h("div", { class: "es-wants" }, "expecting version ", expected, " ", event), told);
  const show = (writer) => {
    element.dataset.state = writer.state;
    expected.textContent = writer.read;
    append.setAttribute("aria-label", `${name}: Append, expecting version ${writer.read}`);
    event.textContent = `${writer.type} ${writer.data}`;
    event.parentElement.title = event.textContent;
    told.textContent = OF_STATE[writer.state] + writer.told;
  };
  return { element, show };
}

// All of them, for the stream that they append to. `table` is busy while Python is asked; `follow` is
// called when it has answered.
function createRace(frame, table, follow) {
  const inputs = Object.fromEntries(Object.entries(frame.model.get("draft"))
    .map(([name, value]) => [name, { value }]));
  const order = (action, writer) => {
    const number = String(Number(frame.model.get("draft").number) + 1);
    asker.load({ number, action, writer });
  };
  const cards = new Map(frame.model.get("answer").writers.map(({ name }) =>
    [name, writerCard(name, order)]));
  const restart = button("Start again", null, () => order("restart", ""));
  const said = h("div", { class: "es-hidden", role: "status" });
  const asker = createAsker(frame, inputs, {
    busy: table, rest: 0, unanswered: "What was ordered last may not have been done.",
    onTyped: () => {},
    show: ({ writers, draft }) => {
      for (const writer of writers) cards.get(writer.name).show(writer);
      const one = writers.find(({ name }) => name === draft.writer);
      said.textContent = one ? `${one.name}: ${one.told}` : "";
      follow();
    },
  });
  const element = h("div", { class: "es-racers" },
    ...[...cards.values()].map((card) => card.element));
  const begin = () => asker.load(frame.model.get("draft"));
  return { element, restart, said, status: asker.status, begin };
}
