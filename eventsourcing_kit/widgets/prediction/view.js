// Choices to predict from. When the cell below has been run, what it shows unfolds, and the prose
// behind it that speaks of it.

// Open the results below the prediction, and the first fold of the prose that follows them. Where
// the next results are none of its own, such as a widget, all stays closed: they come to be tried.
function unfold(el) {
  let opened = false;
  for (let cell = el.closest(".jp-Cell")?.nextElementSibling; cell; cell = cell.nextElementSibling) {
    if (opened) {
      const prose = cell.classList.contains("jp-MarkdownCell") && cell.querySelector("details");
      if (prose) prose.open = true;
      return;
    }
    for (const fold of cell.querySelectorAll("details.es-outcome")) opened = fold.open = true;
    if (!opened && cell.querySelector(".jp-OutputArea-child")) return;
  }
}

function words(model) {
  const chosen = model.get("choices")[model.get("chosen")];
  if (model.get("ran")) return chosen ? `You said: ${chosen}.` : "Run without a prediction.";
  return chosen ? "Kept. Now run the cell below." : "Choose, then run the cell below.";
}

function render(context) {
  const { model, el } = context;
  const frame = createFrame(context, "es-prediction");
  const name = `es-${unique()}`; // radio groups are the document's
  const radios = model.get("choices").map((_, i) =>
    h("input", { type: "radio", name, "aria-keyshortcuts": `${i + 1}`, change: () => choose(i) }));
  const labels = model.get("choices").map((text, i) =>
    h("label", {}, radios[i], h("kbd", {}, `${i + 1}`), ` ${text}`));
  const status = h("div", { class: "es-keys", role: "status" });
  frame.put(
    h("fieldset", { class: "es-choice" }, h("legend", {}, model.get("title")), ...labels), status);

  function choose(i) {
    frame.tell({ chosen: i });
    show();
  }

  function show() {
    radios.forEach((radio, i) => {
      radio.checked = i === model.get("chosen");
      radio.disabled = model.get("ran") > 0;
    });
    status.textContent = words(model);
  }

  // The results reach the page a little later than the news that there are some.
  const later = [0, 100, 400, 1500].map((wait) => frame.later(wait, () => unfold(el)));
  frame.on({
    "change:chosen": show,
    "change:ran": () => { show(); later.forEach(({ start }) => start()); },
  });
  frame.root.addEventListener("keydown", (event) => {
    const radio = radios[Number(event.key) - 1];
    if (!radio || radio.disabled || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    radio.focus();
    choose(Number(event.key) - 1);
  }, { signal: frame.signal });
  show();
}

export default { render };
