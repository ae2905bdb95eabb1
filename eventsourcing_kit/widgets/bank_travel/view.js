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

function drawCurve(slider, colours, { start, end, times, totals }, money) {
  const drawing = startDrawing(slider.canvas);
  const inner = slider.innerWidth();
  const x = (us) => MARGIN.left + inner * ((us - start) / Math.max(1, end - start));
  const [low, high] = minMax([...totals, 0]);
  const bottom = drawing.height - MARGIN.bottom;
  const y = (amount) => bottom - (bottom - MARGIN.top) * ((amount - low) / (high - low || 1));
  drawAxes(drawing, colours,
    timeTicks(start, end, inner / 75).map(([us, text]) => [x(us), text]),
    roundTicks(low, high, 4).map((tick) => [y(tick), money.tick(tick)]), money.unit);
  drawSteps(drawing, times.map(x), totals.map(y), x(end), colours.fact);
}

// Accounts by balance. The scale is that of the end, so bars can be compared, unless one of now is
// higher.
function createHistogram(bank, money) {
  const canvas = h("canvas", { class: "es-histogram", role: "img" });
  const draw = (colours, counts) => {
    const { context, width, height } = startDrawing(canvas);
    const bottom = height - 22;
    const top = 16;
    const scale = Math.max(1, ...bank.details.counts, ...counts);
    const step = (width - 20) / counts.length;
    context.textAlign = "center";
    counts.forEach((n, i) => {
      const bar = (n / scale) * (bottom - top);
      context.fillStyle = colours.fact;
      context.fillRect(10 + i * step, bottom - bar, Math.max(1, step - 2), bar);
    });
    context.fillStyle = colours.muted;
    context.fillRect(10, bottom, width - 20, 1);
    context.fillText(`${counted(scale, "account")} high`, width / 2, 8);
    context.textBaseline = "middle";
    for (let i = 0; i <= counts.length; i += 6) {
      const sign = i === 0 ? "≤ " : i === counts.length ? "≥ " : "";
      context.textAlign = i === 0 ? "left" : i === counts.length ? "right" : "center";
      context.fillText(sign + money.tick(bank.low + i * bank.width), 10 + i * step, height - 10);
    }
    context.textAlign = "right";
    context.fillText(money.unit, width - 10, 8);
    canvas.setAttribute("aria-label", `Accounts by balance, from `
      + `${money.text(bank.low)} in steps of ${money.text(bank.width)}: ${counts.join(", ")}`);
  };
  const title = h("h4", {}, "Accounts by balance (those not yet opened: 0)");
  return { element: h("section", {}, title, canvas), draw };
}

function moversPanel(money) {
  const title = h("h4", {});
  const table = h("table", { class: "es-table" });
  const show = ({ since, movers }) => {
    title.textContent = `Top movers since ${timeText(since).slice(0, 16)} UTC`;
    table.replaceChildren(...movers.map(({ account, before, after }) =>
      tr(account,
        h("td", { class: "es-number" },
          `${after > before ? "▲" : "▼"} ${money.signed(after - before)}`),
        h("td", { class: "es-number" }, `to ${money.text(after)}`))));
    if (!movers.length) table.append(h("tr", {}, h("td", {}, "nothing moved")));
  };
  return { element: h("section", {}, title, table), show };
}

// The bank at `time`; of `details` where the kernel answers, else from the curve.
function bankReadouts({ accounts, events, times, totals }, money) {
  const shown = {
    time: readout("Moment"),
    total: readout("Total of all balances", "es-fact"),
    events: readout("Events until then"),
    accounts: readout("Accounts"),
  };
  shown.accounts.value.textContent = count(accounts);
  const show = (time, details) => {
    const onCurve = totals[Math.max(0, countUntil(times, time) - 1)];
    shown.time.value.textContent = timeText(time);
    shown.total.value.textContent = details ? money.text(details.total)
      : `about ${money.text(onCurve)}`;
    shown.events.value.textContent = details ? `${count(details.events)} of ${count(events)}` : "–";
  };
  const said = (time) => `${timeText(time)}, ${shown.total.value.textContent}`;
  return { element: readouts(...Object.values(shown)), show, said };
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

  const frame = createFrame(context, "", { "data-frames": "0" });
  const { tell } = frame.teller(() => {
    frame.say(shown.said(time));
    return { time: isoTime(time) };
  });
  const ask = createInquiry(frame, (answer) => {
    details = answer;
    status.textContent = "";
    repaint();
  }, () => {
    status.textContent = "No answer from the kernel (gone or busy): the curve still moves, "
      + `the details are of ${timeText(details.time)}.`;
    repaint();
  });
  const slider = createSlider({
    label: "Playhead", height: 190,
    onSeek: (fraction) => { player.stop(); seek(fraction); },
    onSettle: settle,
  });
  const fractionNow = () => (time - start) / span;
  const player = createPlayer(frame, { getFraction: fractionNow, onSeek: seek, onStop: settle });
  const since = select("Top movers",
    [["month", "within the last 30 days"], ["stop", "since the previous stop"]], moversSince,
    (value) => { moversSince = value; askNow(); });
  const shown = bankReadouts(bank, money);
  const histogram = createHistogram(bank, money);
  const movers = moversPanel(money);
  const status = h("div", { class: "es-status", role: "status" });
  frame.put(frame.title,
    h("div", { class: "es-name" }, `in order of ${bank.by}: ${ORDERS[bank.by]}`),
    shown.element, slider.element,
    h("div", { class: "es-row" }, player.button, player.speed, since.element,
      keyLegend([["← →", long ? "day" : "1 %"], ["Shift ← →", long ? "ten days" : "10 %"],
        ["Home End", "start, end"], ["Space", "play"]])),
    status, h("div", { class: "es-panels" }, histogram.element, movers.element));

  // --- moving

  function askNow() {
    ask({ time, since: moversSince === "stop" ? previousStop : time - 30 * DAY });
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
    tell();
    previousStop = time;
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

  // --- painting: only what has changed

  let painted = {}; // what the last frame showed
  let frames = 0; // painted so far, each of another instant
  const repaint = frame.painter((afresh) => {
    if (afresh) drawCurve(slider, frame.colours, bank, money);
    if (afresh || painted.details !== details) showDetails();
    shown.show(time, status.textContent ? null : details);
    slider.place(fractionNow());
    slider.describe(Math.round((time - start) / stride), Math.round(span / stride),
      shown.said(time));
    if (painted.time !== time) frames += 1;
    frame.root.dataset.frames = frames;
    painted = { time, details };
  });

  function showDetails() {
    histogram.draw(frame.colours, details.counts);
    movers.show(details);
    Object.assign(frame.root.dataset, { events: details.events, total: details.total });
  }

  frame.on({
    "change:time": () => {
      const moment = microseconds(model.get("time"));
      if (moment !== time) goTo(moment);
    },
  });
  if (time !== details.time) askNow();
}

export default { render };
