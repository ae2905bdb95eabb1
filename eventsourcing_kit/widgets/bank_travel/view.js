// A whole bank: the curve of its total is here; the details of an instant are asked of the kernel.

const PATIENCE = 2000; // milliseconds without an answer until the kernel counts as gone
const PAUSE = 50; // milliseconds from an answer to the next question: the drag comes first

function render({ model, el }) {
  const bank = unpack(model.get("packed"));
  const { start, end, times, totals } = bank;
  const money = moneyFormat(bank.currency, bank.digits);
  const span = Math.max(1, end - start);
  const long = span >= 30 * DAY;
  const stride = long ? DAY : span / 100; // what an arrow key moves by

  let time = microseconds(model.get("time"));
  let details = bank.details;
  let previousStop = start;
  let moversSince = "month";

  // --- controls and readouts

  const slider = createSlider({
    label: "Playhead", height: 190,
    onSeek: (fraction) => { player.stop(); seek(fraction); },
    onSettle: settle,
  });
  const player = createPlayer({ getFraction: fractionNow, onSeek: seek, onStop: settle });
  const since = select("Top movers",
    [["month", "within the last 30 days"], ["stop", "since the previous stop"]], moversSince,
    (value) => { moversSince = value; ask(); });
  const atTime = readout("Moment");
  const total = readout("Total of all balances", "es-fact");
  const events = readout("Events until then");
  const accounts = readout("Accounts");
  const histogram = h("canvas", { class: "es-histogram", role: "img" });
  const histogramTitle = h("h4", {}, "Accounts by balance (those not yet opened: 0)");
  const moversTitle = h("h4", {});
  const movers = h("table", { class: "es-table" });
  const status = h("div", { class: "es-status", role: "status" });
  const error = h("div", { class: "es-error", role: "alert" });
  const announcement = h("div", { class: "es-hidden", "aria-live": "polite" });

  const step = long ? "day" : "1 %";
  const root = h("div", {
    class: "es-widget", role: "group", "aria-label": model.get("title"),
    "data-lm-suppress-shortcuts": "true", // the arrows are ours, not JupyterLab's
    "data-frames": "0",
  },
  h("div", { class: "es-title" }, model.get("title")),
  h("div", { class: "es-name" }, `in order of ${bank.by}: ${ORDERS[bank.by]}`),
  h("div", { class: "es-readouts" },
    atTime.element, total.element, events.element, accounts.element),
  slider.element,
  h("div", { class: "es-row" }, player.button, player.speed, since.element,
    keyLegend([["← →", step], ["Shift ← →", long ? "ten days" : "10 %"],
      ["Home End", "start, end"], ["Space", "play"]])),
  status,
  h("div", { class: "es-panels" },
    h("section", {}, histogramTitle, histogram), h("section", {}, moversTitle, movers)),
  error, announcement);
  accounts.value.textContent = count(bank.accounts);
  el.replaceChildren(root);

  // --- moving

  function fractionNow() {
    return (time - start) / span;
  }

  function goTo(us) {
    time = Math.min(end, Math.max(start, Math.round(us)));
    ask();
    requestPaint();
  }

  function seek(fraction) {
    goTo(start + fraction * span);
  }

  function settle() {
    tell();
    previousStop = time;
  }

  let soon = 0;
  function stepBy(strides) {
    player.stop();
    goTo(time + strides * stride);
    clearTimeout(soon);
    soon = setTimeout(settle, 300);
  }

  onKeys(root, {
    ArrowLeft: (n) => stepBy(-n), ArrowDown: (n) => stepBy(-n),
    ArrowRight: (n) => stepBy(n), ArrowUp: (n) => stepBy(n),
    PageDown: () => stepBy(-10), PageUp: () => stepBy(10),
    Home: () => stepBy(-Infinity), End: () => stepBy(Infinity),
    " ": () => player.toggle(),
  });

  // --- asking: one question at a time, and of those that wait only the latest

  let asked = null; // the question in flight
  let wanted = null; // the instant to ask for next
  let questions = 0;
  let timer = 0;

  function ask() {
    wanted = { time, since: moversSince === "stop" ? previousStop : time - 30 * DAY };
    if (!asked) send();
  }

  function send() {
    asked = { id: ++questions, ...wanted };
    wanted = null;
    clearTimeout(timer);
    timer = setTimeout(giveUp, PATIENCE);
    try {
      model.send(asked);
    } catch {
      giveUp();
    }
  }

  function giveUp() {
    asked = null; // the next move asks again
    status.textContent = "No answer from the kernel (gone or busy): the curve still moves, "
      + `the details are of ${timeText(details.time)}.`;
    requestPaint();
  }

  function receive(content, buffers) {
    if (content.id === asked?.id) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        asked = null;
        if (wanted) send();
      }, PAUSE);
    }
    error.textContent = content.error ?? "";
    if (!content.error) {
      details = unpack(buffers[0]);
      status.textContent = "";
      requestPaint(false, true);
    }
  }

  // --- painting: once a frame at most, and only what has changed

  let colours = null;
  let frame = 0;
  let curveIsOld = true;
  let detailsAreOld = true;
  let paintedTime = null;
  let frames = 0; // painted so far, each of another instant

  function requestPaint(redrawCurve = false, redrawDetails = redrawCurve) {
    curveIsOld ||= redrawCurve;
    detailsAreOld ||= redrawDetails;
    frame ||= requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    if (slider.element.clientWidth === 0) return; // not laid out; the resize observer calls again
    if (curveIsOld) drawCurve();
    if (detailsAreOld) showDetails();
    curveIsOld = detailsAreOld = false;
    const known = status.textContent === "";
    const onCurve = totals[Math.max(0, countUntil(times, time) - 1)];
    slider.place(fractionNow());
    atTime.value.textContent = timeText(time);
    total.value.textContent = known ? money.text(details.total) : `about ${money.text(onCurve)}`;
    events.value.textContent = known ? `${count(details.events)} of ${count(bank.events)}` : "–";
    slider.describe(Math.round((time - start) / stride), Math.round(span / stride),
      `${timeText(time)}, ${total.value.textContent}`);
    if (paintedTime !== time) frames += 1;
    paintedTime = time;
    root.dataset.frames = frames;
  }

  function drawCurve() {
    colours = readColours(root);
    const drawing = startDrawing(slider.canvas);
    const inner = slider.innerWidth();
    const x = (us) => MARGIN.left + inner * ((us - start) / span);
    const [low, high] = minMax([...totals, 0]);
    const bottom = drawing.height - MARGIN.bottom;
    const y = (amount) => bottom - (bottom - MARGIN.top) * ((amount - low) / (high - low || 1));
    drawAxes(drawing, colours,
      timeTicks(start, end, inner / 75).map(([us, text]) => [x(us), text]),
      roundTicks(low, high, 4).map((tick) => [y(tick), money.tick(tick)]), money.unit);
    drawSteps(drawing, times.map(x), totals.map(y), x(end), colours.fact);
  }

  // --- details

  function showDetails() {
    drawHistogram();
    const since = timeText(details.since).slice(0, 16);
    moversTitle.textContent = `Top movers since ${since} UTC`;
    movers.replaceChildren(...details.movers.map(({ account, before, after }) => {
      const arrow = after > before ? "▲" : "▼";
      return h("tr", {}, h("th", { scope: "row" }, account),
        h("td", { class: "es-number" }, `${arrow} ${money.signed(after - before)}`),
        h("td", { class: "es-number" }, `to ${money.text(after)}`));
    }));
    if (!details.movers.length) movers.append(h("tr", {}, h("td", {}, "nothing moved")));
    root.dataset.events = details.events;
    root.dataset.total = details.total;
  }

  // The scale is that of the end, so bars can be compared, unless one of now is higher.
  function drawHistogram() {
    const { counts } = details;
    const { context, width, height } = startDrawing(histogram);
    const bottom = height - 22;
    const top = 16;
    const scale = Math.max(1, ...bank.details.counts, ...counts);
    const step = (width - 20) / counts.length;
    context.textAlign = "center";
    counts.forEach((n, i) => {
      const x = 10 + i * step;
      const bar = (n / scale) * (bottom - top);
      context.fillStyle = colours.fact;
      context.fillRect(x, bottom - bar, Math.max(1, step - 2), bar);
    });
    context.fillStyle = colours.muted;
    context.fillRect(10, bottom, width - 20, 1);
    context.fillText(`${count(scale)} account${scale > 1 ? "s" : ""} high`, width / 2, 8);
    context.textBaseline = "middle";
    for (let i = 0; i <= counts.length; i += 6) {
      const sign = i === 0 ? "≤ " : i === counts.length ? "≥ " : "";
      context.textAlign = i === 0 ? "left" : i === counts.length ? "right" : "center";
      context.fillText(sign + money.tick(bank.low + i * bank.width), 10 + i * step, height - 10);
    }
    context.textAlign = "right";
    context.fillText(money.unit, width - 10, 8);
    histogram.setAttribute("aria-label", `Accounts by balance, from `
      + `${money.text(bank.low)} in steps of ${money.text(bank.width)}: ${counts.join(", ")}`);
  }

  // --- Python hears of it when the head rests, and moves it

  function tell() {
    announcement.textContent = `${timeText(time)}, ${total.value.textContent}`;
    try {
      model.set("time", isoTime(time));
      model.save_changes();
    } catch (problem) {
      console.info("The kernel is gone; the widget goes on without it.", problem);
    }
  }

  const listeners = {
    "change:time": () => {
      const moment = microseconds(model.get("time"));
      if (moment !== time) goTo(moment);
    },
    "change:error": () => { error.textContent = model.get("error"); },
    "msg:custom": receive,
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);

  const resized = new ResizeObserver(() => requestPaint(true));
  resized.observe(slider.element);
  const ignoreTheme = onThemeChange(root, () => requestPaint(true));
  if (time !== details.time) ask();

  return () => {
    player.stop();
    resized.disconnect();
    ignoreTheme();
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    clearTimeout(timer);
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
  };
}

export default { render };
