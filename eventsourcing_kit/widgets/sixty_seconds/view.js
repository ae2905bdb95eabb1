// A clock that counts down while somebody speaks, and goes on where they do.

const SECONDS = 60;
const ALOUD = [30, 10, 0]; // seconds left that a screen reader says

function render(context) {
  const frame = createFrame(context, "es-sixty");
  const toggle = button("", null, () => (timer ? stop() : start()), { class: "es-play" });
  const bar = h("progress", { max: SECONDS, "aria-label": "seconds that are left" });
  const told = h("span", { role: "timer" });
  let timer = 0;
  let elapsed = 0;
  frame.put(h("div", { class: "es-row" }, toggle, bar, told), keyLegend([["Space", "starts, stops"]]));

  function show() {
    const left = SECONDS - elapsed;
    const words = left < 0 ? `${-left} s too long` : `${left} s left`;
    toggle.textContent = timer ? "❚❚ Stop" : "▶ Say it";
    bar.value = Math.max(0, left);
    told.textContent = timer || !elapsed ? words : `You took ${elapsed} s.`;
    if (timer && ALOUD.includes(left)) frame.say(`${left} seconds left`);
  }

  function start() {
    const begun = Date.now() - 1;
    elapsed = 0;
    timer = setInterval(() => {
      elapsed = Math.floor((Date.now() - begun) / 1000);
      show();
    }, 1000);
    show();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    show();
    frame.say(told.textContent);
  }

  onKeys(frame.root, { " ": () => (timer ? stop() : start()) });
  frame.root.tabIndex = 0;
  frame.signal.addEventListener("abort", () => clearInterval(timer));
  show();
}

export default { render };
