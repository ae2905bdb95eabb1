// Fields to type into, and Python that is asked about them: what the two workbenches share.

const TYPING = 250; // milliseconds
const PATIENCE = 3000; // milliseconds without an answer until the reader is told

// The notebook would take Enter and the arrows. Escape leaves a field, and stays in the widget.
const stop = (event) => event.stopPropagation();
function keep(event) {
  stop(event);
  const isField = event.target.matches("input, textarea");
  if (event.key === "Escape" && isField) event.currentTarget.focus();
}
const KEEP_KEYS = { keydown: keep, keypress: stop, tabindex: "-1" };

// A field for code; the element `${id}-summary` says what is said of it.
function codeField(id, name, tag, input, attributes) {
  return h(tag, {
    id: `${id}-${name}`, "aria-describedby": `${id}-summary`, spellcheck: "false",
    autocomplete: "off", autocapitalize: "off", class: "es-code-field", input, ...attributes,
  });
}

// `inputs` by name: their texts are the trait `draft`, and the trait `answer` has the draft that it
// is about. `busy` is the element that shows answers; `unanswered` is said while none comes.
// `onTyped` gets each text, `show` each answer to what stands there now, `onSilence` that there is
// none after `wait` milliseconds. Python is asked after `rest` milliseconds without a key.
function createAsker(frame, inputs, { busy, unanswered, onTyped, show, onSilence, rest = TYPING, wait = PATIENCE }) {
  const { model, root } = frame;
  const status = h("div", { class: "es-status", role: "status" });
  const names = Object.keys(inputs);
  const current = () => Object.fromEntries(names.map((name) => [name, inputs[name].value]));
  const isCurrent = (draft) => names.every((name) => draft[name] === inputs[name].value);
  const patience = frame.later(wait, giveUp);
  const soon = frame.later(rest, () => {
    patience.start();
    if (!frame.tell({ draft: current() })) giveUp();
  });

  function load(draft) {
    for (const name of names) inputs[name].value = draft[name];
    typed();
  }

  function typed() {
    onTyped(current());
    soon.cancel();
    patience.cancel();
    if (isCurrent(model.get("answer").draft)) return answered();
    root.dataset.state = "waiting";
    busy.setAttribute("aria-busy", "true");
    soon.start();
  }

  function answered() {
    const answer = model.get("answer");
    if (!isCurrent(answer.draft)) return;
    patience.cancel();
    status.textContent = "";
    show(answer);
    busy.removeAttribute("aria-busy");
  }

  function giveUp() {
    patience.cancel();
    root.dataset.state = "unanswered";
    status.textContent = `The kernel does not answer: it is busy or gone. ${unanswered} `
      + "Run the cell again to go on.";
    onSilence?.();
  }

  frame.on({
    "change:answer": answered,
    "change:draft": () => { // set by Python
      if (!isCurrent(model.get("draft"))) load(model.get("draft"));
    },
    "change:error": () => {
      if (!model.get("error")) return;
      patience.cancel(); // an answer of a kind
      root.dataset.state = "failed";
    },
  });
  return { status, load, typed, isCurrent };
}
