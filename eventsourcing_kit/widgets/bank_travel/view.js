// A whole bank: the curve of its total is here; the details of an instant are asked of the kernel.

const PATIENCE = 2000; // milliseconds without an answer until the kernel counts as gone
const PAUSE = 50; // milliseconds from an answer to the next question: the drag comes first

// One question at a time, and of those that wait only the latest. `known(details)` gets what the
// kernel says, `unknown` is called when it does not answer.
function createInquiry(frame, known, unknown) {
  const { model } = frame;
  const patience = frame.later(PATIENCE, giveUp);
  const pause = frame.later(PAUSE, () => {
    asked = null;
    if (wanted) send();
  });
  let asked = null; // the question in flight
  let wanted = null; // what to ask next
  let questions = 0;

  function send() {
    asked = { id: ++questions, ...wanted };
    wanted = null;
    patience.start();
    try {
      model.send(asked);
    } catch {
      giveUp();
    }
  }

  function giveUp() {
    patience.cancel();
    asked = null; // the next move asks again
    unknown();
  }

  frame.on({
    "msg:custom": (content, buffers) => {
      if (content.id === asked?.id) {
        patience.cancel();
        pause.start();
      }
      frame.error.textContent = content.error ?? "";
      if (!content.error) known(unpack(buffers[0]));
    },
  });
  return (question) => {
    wanted = question;
    if (!asked) send();
  };
}

// The curve of the bank, or of one account, over the whole time.
function drawCurve(slider, colours, { start, end }, { times, amounts }, money) {
  const drawing = startDrawing(slider.canvas);
  const inner = slider.innerWidth();
  const x = (us) => MARGIN.left + inner * ((us - start) / Math.max(1, end - start));
  const [low, high] = minMax([...amounts, 0]);
  const bottom = drawing.height - MARGIN.bottom;
  const y = (amount) => bottom - (bottom - MARGIN.top) * ((amount - low) / (high - low || 1));
  drawAxes(drawing, colours,
    timeTicks(start, end, inner / 75).map(([us, text]) => [x(us), text]),
    roundTicks(low, high, 4).map((tick) => [y(tick), money.tick(tick)]), money.unit);
  drawSteps(drawing, times.map(x), amounts.map(y), x(end), colours.fact);
}

// Accounts by balance: bins and scale are those of the whole time, so that shapes can be compared.
function createHistogram({ limits, highest }, money) {
  const canvas = h("canvas", { class: "es-histogram", role: "img" });
  const empty = h("div", { class: "es-name" });
  const range = (i) => {
    if (i === 0) return `below ${money.text(limits[0])}`;
    if (i === limits.length) return `from ${money.text(limits[i - 1])}`;
    return `${money.text(limits[i - 1])} to ${money.text(limits[i])}`;
  };
  const draw = (colours, details) => {
    const { counts } = details;
    const { context, width, height } = startDrawing(canvas);
    const [left, bottom, top] = [8, height - 20, 16];
    const step = (width - 2 * left) / counts.length;
    counts.forEach((n, i) => {
      const bar = Math.min(1, n / highest) * (bottom - top);
      context.fillStyle = colours.fact;
      context.fillRect(left + i * step, bottom - bar, Math.max(1, step - 2), bar);
    });
    context.fillStyle = colours.muted;
    context.fillRect(left, bottom, width - 2 * left, 1);
    context.textAlign = "left";
    context.fillText(`full height: ${counted(highest, "account")}`, left, 11);
    context.textAlign = "right";
    context.fillText(money.unit, width - left, 11);
    context.textBaseline = "middle";
    context.textAlign = "center";
    let free = 0; // where the next label may begin
    limits.forEach((limit, i) => {
      const at = left + (i + 1) * step - 1;
      const label = money.tick(limit);
      const half = context.measureText(label).width / 2;
      if (at - half < free || at + half > width) return;
      context.fillText(label, at, height - 9);
      free = at + half + 10;
    });
    empty.textContent = `not opened yet, or at 0: ${count(details.empty)}`;
    const told = counts.map((n, i) => (n ? `${range(i)}: ${count(n)}` : "")).filter(Boolean);
    canvas.setAttribute("aria-label",
      `Accounts by balance. ${told.join("; ")}; ${empty.textContent}`);
  };
  const title = h("h4", {}, "Accounts by balance");
  return { element: h("section", {}, title, canvas, empty), draw };
}

// `choose(account)` is called for the one that is clicked.
function moversPanel(money, choose) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table" });
  const show = ({ since, movers }) => {
    title.textContent = `Top movers since ${timeText(since).slice(0, 16)} UTC`;
    table.replaceChildren(...movers.map(({ account, before, after }) =>
      tr(h("button", { class: "es-link", type: "button", title: `Show the curve of ${account}`,
        click: () => choose(account) }, account),
        h("td", { class: "es-number" },
          `${after > before ? "▲" : "▼"} ${money.signed(after - before)}`),
        h("td", { class: "es-number" }, `to ${money.text(after)}`))));
    if (!movers.length) table.append(h("tr", {}, h("td", {}, "nothing moved")));
  };
  return { element: h("section", {}, title, table), show };
}

const totalAt = ({ times, totals }, time) => totals[Math.max(0, countUntil(times, time) - 1)];
const balanceAt = ({ times, balances }, time) => balances[countUntil(times, time) - 1] ?? 0;

// The bank at `time`; of `details` once the kernel has answered, until then from the curve.
function bankReadouts(bank, money) {
  const shown = {
    time: readout("Moment"),
    total: readout("Total of all balances", "es-fact"),
    events: readout("Events until then"),
    account: readout("Accounts", "es-fact"),
  };
  const show = (time, details, curve, gone) => {
    shown.time.value.textContent = timeText(time);
    shown.total.value.textContent = details ? money.text(details.total)
      : `about ${money.text(totalAt(bank, time))}`;
    shown.account.name.textContent = curve ? curve.account : "Accounts";
    shown.total.swatch.hidden = Boolean(curve); // it stands beside what the line is of
    shown.account.swatch.hidden = !curve;
    shown.account.value.textContent = curve ? money.text(balanceAt(curve, time)) : count(bank.accounts);
    if (details) shown.events.value.textContent = `${count(details.events)} of ${count(bank.events)}`;
    else if (gone) shown.events.value.textContent = "–";
  };
  const said = (time) => `${timeText(time)}, ${shown.total.value.textContent}`
    + (shown.account.name.textContent === "Accounts" ? ""
      : `; ${shown.account.name.textContent}: ${shown.account.value.textContent}`);
  return { element: readouts(...Object.values(shown)), show, said };
}

// Paints what has changed since the last frame. `now()` is what there is to show.
function createPainter(frame, bank, money, parts, now) {
  const { slider, tip, shown, histogram, movers, back, status } = parts;
  let painted = {}; // what the last frame showed
  let frames = 0; // painted so far, each of another instant
  const showDetails = (details) => {
    histogram.draw(frame.colours, details);
    movers.show(details);
    Object.assign(frame.root.dataset, { events: details.events, total: details.total });
  };
  return frame.painter((afresh) => {
    const { time, details, curve, fraction, stride, whole } = now();
    if (afresh || painted.curve !== curve) {
      const { times, balances: amounts } = curve ?? { times: bank.times, balances: bank.totals };
      drawCurve(slider, frame.colours, bank, { times, amounts }, money);
    }
    back.hidden = whole;
    if (afresh || painted.details !== details) showDetails(details);
    const known = details.time === time && !status.textContent;
    shown.show(time, known ? details : null, curve, Boolean(status.textContent));
    slider.place(fraction);
    slider.describe(Math.round((time - bank.start) / stride),
      Math.round((bank.end - bank.start) / stride), shown.said(time));
    if (frame.toSay && (known || status.textContent)) { // at rest, and the details have come
      frame.toSay = false;
      frame.say(shown.said(time));
    }
    if (afresh || painted.time !== time) tip.follow();
    if (painted.time !== time) frames += 1;
    frame.root.dataset.frames = frames;
    painted = { time, details, curve };
  });
}

function render(context) {
  const { model } = context;
  const bank = unpack(model.get("packed"));
  const { start, end } = bank;
  const money = moneyFormat(bank.currency, bank.digits);
  const span = Math.max(1, end - start);
  const long = span >= 30 * DAY;
  const stride = long ? DAY : span / 100; // what an arrow key moves by

  let time = microseconds(model.get("time"));
  let details = bank.details;
  let previousStop = start;
  let moversSince = "month";
  let account = model.get("account"); // "" is the whole bank
  let curve = null; // the account's, once it is known

  const frame = createFrame(context, "es-bank", { "data-frames": "0" });
  const { tell } = frame.teller(() => ({ time: isoTime(time), account }));
  const ask = createInquiry(frame, (answer) => {
    details = answer;
    if (answer.curve?.account === account) curve = answer.curve;
    status.textContent = "";
    repaint();
  }, () => {
    status.textContent = "No answer from the kernel (gone or busy): the curve still moves, "
      + `the details are of ${timeText(details.time)}.`;
    repaint();
  });
  const slider = createSlider({
    label: "Playhead",
    onSeek: (fraction) => { player.stop(); seek(fraction); },
    onSettle: settle,
    onHover: (fraction) => tip.show(fraction === null ? null : start + fraction * span),
  });
  const tip = createTip(frame, slider, () => time, (us) => slider.tell(
    us === null ? 0 : (us - start) / span, us === null ? "" : onCurve(us)));
  const fractionNow = () => (time - start) / span;
  const player = createPlayer(frame, { getFraction: fractionNow, onSeek: seek, onStop: settle });
  const since = select("Top movers",
    [["month", "within the last 30 days"], ["stop", "since the previous stop"]], moversSince,
    (value) => { moversSince = value; askNow(); });
  const shown = bankReadouts(bank, money);
  const histogram = createHistogram(bank, money);
  const movers = moversPanel(money, choose);
  const onCurve = (us) => `${timeText(us).slice(0, 16)} · `
    + (curve ? money.text(balanceAt(curve, us)) : `about ${money.text(totalAt(bank, us))}`);
  const back = h("button", { type: "button", click: () => choose("") }, "← The whole bank");
  const status = h("div", { class: "es-status", role: "status" });
  frame.put(frame.title,
    h("div", { class: "es-name" }, `in order of ${bank.by}: ${orders("the bank")[bank.by]}`),
    shown.element, slider.element,
    h("div", { class: "es-row" }, player.button, player.speed, since.element, back,
      keyLegend([["← →", long ? "day" : "1 %"], ["Shift ← →", long ? "ten days" : "10 %"],
        ["Home End", "start, end"], ["Space", "play"]])),
    status, h("div", { class: "es-panels es-abreast" }, histogram.element, movers.element));

  // --- moving

  function askNow() {
    const wanted = account && curve?.account !== account ? account : "";
    ask({ time, since: moversSince === "stop" ? previousStop : time - 30 * DAY, account: wanted });
  }

  function goTo(us) {
    time = clamp(Math.round(us), start, end);
    askNow();
    repaint();
  }

  function seek(fraction) {
    goTo(start + fraction * span);
  }

  function settle() {
    frame.toSay = true; // once its details have come
    tell();
    previousStop = time;
    repaint();
  }

  // Show one account's own curve, or with "" the whole bank's.
  function choose(name) {
    account = name;
    curve = null;
    askNow();
    settle();
    slider.element.focus(); // what was clicked may be gone with the next details
  }

  const rested = frame.later(300, settle);
  function stepBy(strides) {
    player.stop();
    goTo(time + strides * stride);
    rested.start();
  }

  onKeys(frame.root, {
    ...arrows(stepBy), ArrowDown: (n) => stepBy(-n), ArrowUp: stepBy,
    PageDown: () => stepBy(-10), PageUp: () => stepBy(10),
    " ": player.toggle,
  });

  const repaint = createPainter(frame, bank, money,
    { slider, tip, shown, histogram, movers, back, status },
    () => ({ time, details, curve, fraction: fractionNow(), stride, whole: !account }));

  frame.on({
    "change:time": () => {
      const moment = microseconds(model.get("time"));
      if (moment !== time) goTo(moment);
    },
    "change:account": () => {
      if (model.get("account") !== account) choose(model.get("account"));
    },
  });
  if (account || time !== details.time) askNow();
}

export default { render };
