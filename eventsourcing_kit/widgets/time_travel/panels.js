// What stands around the curve: the numbers at the playhead, the state, the event, what is off.

function moneyReadouts(head, moneyField) {
  const moment = readout("Moment");
  const event = readout("Event");
  const balance = readout("", "es-fact");
  const other = readout("", "es-other");
  const difference = readout("Difference");
  const digits = head.end - head.start < 60 * SECOND ? 3 : 0;
  return {
    element: readouts(moment, event, balance, other, difference),
    showTime: () => (moment.value.textContent = timeText(head.time, digits)),
    show: () => {
      const { account, events, states, others, money, off } = head.shown;
      const now = states[head.index].money;
      const without = account.events.filter(({ position }) => off.has(position)).length;
      for (const { element } of [other, difference]) element.hidden = !others;
      balance.name.textContent = others ? `${moneyField}, as it was` : moneyField;
      other.name.textContent = without ? `without ${counted(without, "event")}` : "what if";
      event.value.textContent = `${count(head.index)} of ${count(events.length)}`;
      balance.value.textContent = money.text(now);
      other.value.textContent = others ? money.text(others[head.index].money) : "–";
      difference.value.textContent = others ? money.signed(others[head.index].money - now) : "–";
    },
  };
}

function statePanel(head, moneyField) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table" });
  const show = () => {
    const { states, others, money, account } = head.shown;
    const value = (state, name) =>
      name === moneyField ? money.text(state.money) : state.fields[name];
    const before = states[Math.max(0, head.index - 1)];
    const heads = others
      ? [tr("field", td("as it was", "es-muted"), td("what if", "es-muted"))] : [];
    const rows = account.names.map((name) => {
      const [was, is] = [value(before, name), value(states[head.index], name)];
      const facts = was === is ? td(is)
        : h("td", { class: "es-changed", dir: "auto" }, h("s", {}, was), " → ", h("b", {}, is));
      if (!others) return tr(name, facts);
      const otherwise = value(others[head.index], name);
      return tr(name, facts, td(otherwise, otherwise === is ? null : "es-differs"));
    });
    title.textContent = head.index ? `State after event ${count(head.index)}`
      : "State before any event";
    table.replaceChildren(...heads, ...rows);
  };
  return { element: panel("State", title, table), show };
}

// How long it was from when an event happened until it was recorded, in its two largest units.
function lagText({ recorded_at: recorded, occurred_at: occurred }) {
  const minutes = Math.round(Math.abs(recorded - occurred) / (60 * SECOND));
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"],
    [minutes % 60, "minute"]].filter(([n]) => n);
  return parts.slice(0, 2).map(([n, unit]) => counted(n, unit)).join(" ") || "less than a minute";
}

function eventPanel(head) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table" });
  const later = (event) => (isLate(event) ? ` (${lagText(event)} ${
    event.recorded_at > event.occurred_at ? "later" : "earlier"})` : "");
  const rows = (name, object) => Object.entries(object).map(([key, text]) =>
    tr(`${name}.${key}`, td(text)));
  const show = () => {
    const event = head.event();
    const isOff = event && head.shown.off.has(event.position);
    title.textContent = event ? `Event: ${event.type}${isOff ? " (switched off)" : ""}`
      : "No event yet";
    table.replaceChildren(...(!event ? [] : [
      ...rows("data", event.data), ...rows("metadata", event.metadata),
      tr("version", td(`${count(event.version)} of the stream`)),
      tr("position", td(`${count(event.position)} of the store`)),
      tr("occurred_at", td(exactTimeText(event.occurred_at))),
      tr("recorded_at", td(exactTimeText(event.recorded_at) + later(event))),
      tr("schema_version", td(String(event.schema_version)))]));
  };
  return { element: panel("Event", title, table), show };
}

// The state as its domain draws it. An image: nothing in it can run.
function drawingPanel(head) {
  const image = h("img", { class: "es-drawing" });
  const title = h("h4", {}, "Drawn");
  const show = () => {
    const { account, events, order, off } = head.shown;
    const other = off.size || events.slice(0, head.index).some(({ version }, i) => version !== i + 1);
    title.textContent = other ? `Drawn (${order} or what-if: not known)` : "Drawn";
    image.hidden = Boolean(other);
    image.alt = `The state after event ${head.index}`;
    image.src = `data:image/svg+xml,${encodeURIComponent(account.drawings[head.index])}`;
  };
  return { element: panel("Drawn", title, image), show };
}

// The events that are switched off. `toggle` gets the one to switch, `reset` switches all on.
function whatIf(head, toggle, reset) {
  const here = button("", null, () => toggle(head.event()), { "aria-keyshortcuts": "X" });
  const list = h("span", { class: "es-off-list", role: "group", "aria-label": "Switched off" });
  const all = button("Reset", "Switch every event on again", reset);
  const show = () => {
    const { account, off } = head.shown;
    const event = head.event();
    here.disabled = !event;
    here.textContent = `Switch this event ${event && off.has(event.position) ? "on" : "off"}`;
    all.hidden = off.size === 0;
    const names = account.events.filter(({ position }) => off.has(position)).map((one) => {
      const name = `${one.type}, version ${one.version}`;
      return button(`${name} ✕`, `Switch on again: ${name}`, () => toggle(one));
    });
    list.replaceChildren(...names);
  };
  return { here, all, list, show };
}
