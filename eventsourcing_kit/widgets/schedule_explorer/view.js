// A race in every order of its steps. Python has run them all; here one is taken up, rearranged
// by hand, predicted, and shown.

// --- what is said of a schedule ------------------------------------------------------------------

// How many break; `known` once the reader has predicted how one of them ends.
function counter() {
  const element = h("div", { class: "es-counter", "aria-live": "polite" });
  const show = ({ runs, schedules, scenario }, bad, known) => {
    const drawn = schedules > runs.length ? `, drawn from ${count(schedules)}` : "";
    const total = known ? h("b", { class: bad ? "es-bad" : "" }, `${count(bad)} of ${count(runs.length)}`)
      : h("b", {}, `How many of ${count(runs.length)}`);
    element.replaceChildren(total, ` schedules break${known ? "" : "?"}${drawn} · ${scenario}`);
  };
  return { element, show };
}

// The outcomes to choose from, and what it was. `said` is what the reader predicted.
function prediction(predict) {
  const choices = h("div", { class: "es-row", role: "group", "aria-label": "Predict the outcome" });
  const answer = h("div", { class: "es-answer", "aria-live": "polite" });
  const show = ({ runs }, { outcome, broken }, revealed, said) => {
    const outcomes = [...new Set(runs.map((one) => one.outcome))].sort();
    choices.replaceChildren(
      h("span", { class: "es-muted" }, revealed ? "It was:" : "Predict what comes of it:"),
      ...outcomes.map((one) => button(one, null, () => predict(one), {
        "aria-pressed": String(revealed && one === outcome), class: "es-outcome",
      })));
    const guessed = said === outcome ? "As you said." : `Not this time: you said ${said}, it was ${outcome}.`;
    const rules = broken.length ? `✕ ${broken.join("; ")}` : "✓ The rules all hold.";
    answer.replaceChildren(...(revealed ? [
      h("div", {}, said ? guessed : ""), h("div", { class: broken.length ? "es-bad" : "" }, rules),
    ] : []));
  };
  return { choices, answer, show };
}

// What was looked at, to be looked at again.
function seenStrip(lookAt) {
  const element = h("div", { class: "es-strip", role: "group", "aria-label": "Schedules looked at" });
  const show = (looked, all) => element.replaceChildren(
    h("span", { class: "es-muted" }, looked.length ? `Looked at ${looked.length} of ${count(all)}:` : ""),
    ...looked.slice(-24).map(({ schedule, broken }) =>
      button(`${broken.length ? "✕" : "✓"} ${schedule}`, null, () => lookAt(schedule),
        { class: broken.length ? "es-seen es-bad" : "es-seen" })));
  return { element, show };
}

function idField(takeUp) {
  const wanted = () => takeUp(input.value.trim().toUpperCase());
  const input = h("input", {
    type: "text", class: "es-id", spellcheck: "false", autocomplete: "off",
    "aria-label": "Schedule id", change: wanted,
    keydown: (event) => {
      event.stopPropagation();
      if (event.key === "Enter") wanted();
    },
  });
  return input;
}

// --- the schedule that is looked at --------------------------------------------------------------

// Which report and schedule, and what has been revealed.
function createLook(reports, model) {
  const seen = new Set(); // what was revealed: "defences/schedule"
  const look = {
    report: reports.get(model.get("on")), schedule: model.get("schedule"), revealed: false,
    said: "", // what the reader predicted
  };
  const seenKey = (schedule) => `${reports.keyOf(look.report.on)}/${schedule}`;
  const has = (schedule) => look.report.runs.some((one) => one.schedule === schedule);
  const run = () => look.report.runs.find((one) => one.schedule === look.schedule) ?? look.report.runs[0];
  const hide = () => Object.assign(look, { revealed: false, said: "" });
  return Object.assign(look, {
    has, run,
    seen: () => look.report.runs.filter((one) => seen.has(seenKey(one.schedule))),
    takeUp: (schedule) => {
      look.schedule = schedule;
      hide();
    },
    takeReport: (report) => {
      look.report = report;
      if (!has(look.schedule)) look.schedule = report.runs[0].schedule;
      hide();
    },
    reveal: (said) => {
      Object.assign(look, { revealed: true, said });
      seen.add(seenKey(look.schedule));
    },
    nextBroken: () => {
      const { runs } = look.report;
      const at = runs.indexOf(run());
      return [...runs.slice(at + 1), ...runs.slice(0, at + 1)].find(({ broken }) => broken.length);
    },
  });
}

// The participants by their letters.
function peopleOf({ planned, schedule }) {
  return [...new Map(planned.map(([name], i) => [schedule[i], name])).entries()].sort();
}

function render(context) {
  const { model } = context;
  const all = unpack(model.get("packed"));
  const reports = bySwitches(all, ({ on }) => on);
  const look = createLook(reports, model);

  const frame = createFrame(context, "es-race");
  const { tell } = frame.teller(() => ({ on: look.report.on, schedule: look.schedule }));
  const defences = choice("Defences", all.map(({ on }) => [reports.keyOf(on), on.join(" + ") || "none"]),
    reports.keyOf(look.report.on), defend);
  const tally = counter();
  const id = idField(takeUp);
  const nextBroken = button("Next that breaks", null, goToBroken);
  const lanes = laneChart(peopleOf(all[0].runs[0]), move);
  const guess = prediction(predict);
  const list = h("ol", { class: "es-turns" });
  const strip = seenStrip((schedule) => { takeUp(schedule); predict(""); });
  const message = h("div", { class: "es-status", role: "status" });
  frame.put(
    h("div", { class: "es-row" }, frame.title, defences.element), tally.element,
    h("div", { class: "es-row" },
      h("label", { class: "es-field" }, h("span", {}, "Schedule"), id), nextBroken,
      keyLegend([["← →", "on a step: move it"], ["N", "next that breaks"]]),
      h("div", { class: "es-keys" }, "dashed: what was read has changed since")),
    lanes.element, guess.choices, guess.answer,
    h("details", {}, h("summary", {}, "The schedule in words"), list), strip.element, message);
  onKeys(frame.root, { n: goToBroken, N: goToBroken });

  function defend(key) {
    message.textContent = "";
    look.takeReport(all.find(({ on }) => reports.keyOf(on) === key));
    show();
    tell();
  }

  function takeUp(wanted, focus = null) {
    const known = look.has(wanted);
    message.textContent = known ? ""
      : `There is no schedule ${shortened(wanted, 20)} here. One is ${look.schedule}.`;
    if (!known) return void (id.value = look.schedule);
    if (wanted === look.schedule) return;
    look.takeUp(wanted);
    show(focus);
    tell();
  }

  function goToBroken() {
    const found = look.nextBroken();
    message.textContent = found ? "" : "None of them breaks.";
    if (!found) return;
    look.schedule = found.schedule;
    predict("");
    tell();
  }

  // The turn at `from` to the place `to`: another order of the letters, so always a schedule.
  function move(from, to) {
    if (to < 0 || to >= look.schedule.length) return;
    const letters = [...look.schedule];
    letters.splice(to, 0, ...letters.splice(from, 1));
    const wanted = letters.join("");
    if (wanted === look.schedule) draw(to === from ? null : to);
    else takeUp(wanted, to);
  }

  function predict(outcome) {
    look.reveal(outcome);
    show();
  }

  // `focus` is the turn whose box is to have the focus, if any.
  function draw(focus = null) {
    const turns = look.revealed ? look.run().turns : look.run().planned;
    const { watched } = look.report;
    lanes.draw(turns, frame.root.clientWidth - 26, focus, null, look.revealed ? watched : "");
    list.replaceChildren(...turns.map(([name, step, note, saw, after]) => h("li", {},
      `${name}: ${step}${note || saw ? ` (${note || saw})` : ""}`
        + `${look.revealed && watched ? `; ${watched} ${after}` : ""}`)));
  }

  function show(focus = null) {
    const { report, schedule, revealed, said } = look;
    const bad = report.runs.filter((one) => one.broken.length).length;
    const known = look.seen().length > 0;
    defences.set(reports.keyOf(report.on));
    tally.show(report, bad, known);
    id.value = schedule;
    nextBroken.disabled = known && bad === 0;
    guess.show(report, look.run(), revealed, said);
    strip.show(look.seen(), report.runs.length);
    draw(focus);
    Object.assign(frame.root.dataset, { schedule, broken: bad, revealed });
  }

  frame.on({
    "change:schedule": () => takeUp(model.get("schedule")),
    "change:on": () => {
      const found = reports.get(model.get("on"));
      if (!found || found === look.report) return;
      look.takeReport(found);
      show();
    },
  });
  frame.painter(() => draw());
  show();
}

export default { render };
