// Attacks on a bank and defences to switch on: what changed, which path breaks, and who notices.

const DEFENCES = ["trigger", "chain", "signature", "checkpoint", "witness"];
const LEGEND = "○ as the witness has seen it · ● another hash · dashed: gone · thick: the proof";

// One side of a changed row, what differs marked; for those who do not see it, told.
function side(label, parts) {
  const told = parts ? parts.map(([text, differs]) => (differs ? h("mark", {}, text) : text))
    : [h("i", {}, "there is none")];
  return h("div", { class: "es-side" }, h("span", { class: "es-muted" }, label),
    h("code", { dir: "ltr" }, ...told));
}

function changesPanel() {
  const rows = h("div", {});
  const element = panel("What has changed", h("h4", {}, "What has changed in the table"), rows);
  const show = ({ statements, changes: { shown, more, moved } }) => {
    const kinds = [...new Set(statements)].map((text) =>
      `${statements.filter((one) => one === text).length} × ${text}`);
    const rest = [more && `${counted(more, "more event")} changed`,
      moved && `${counted(moved, "event")} only stand elsewhere`].filter(Boolean);
    rows.replaceChildren(
      ...shown.flatMap(({ before, after }) => [side("before", before), side("after", after)]),
      h("p", { class: "es-muted" }, rest.length ? `And ${rest.join("; ")}.` : "Nothing else."),
      ...kinds.map((text) => h("code", { class: "es-statement" }, text)));
    element.scrollTop = 0;
  };
  return { element, show };
}

function treePanel() {
  const picture = svg("svg", { role: "img", width: "100%" });
  const note = h("p", { class: "es-muted" });
  const element = panel("The tree", h("h4", {}, "The tree over the log"), picture, note);
  const show = ({ tree }, on) => {
    drawTree(picture, tree, Math.max(300, element.clientWidth - 20));
    const kept = on.includes("checkpoint") || on.includes("witness");
    note.textContent = `${treeText(tree)} `
      + (kept ? "" : "But nobody keeps a root: switch the checkpoint on.");
  };
  return { element, show };
}

// What the trigger did, and what the other defences say.
function verdict(run, on) {
  const { notice, left } = run.noticed.find((one) =>
    one.on.join() === on.filter((name) => name !== "trigger").join());
  const lines = [];
  if (on.includes("trigger")) {
    lines.push(run.refused
      ? `Trigger: a writer is refused (${run.refused}); the owner drops it and goes on.`
      : "Trigger: there is nothing to refuse. It is another file, written as it should be.");
  }
  const exact = notice && { true: "It names the very event.", false: "It names another event.",
    null: "It names no event." }[notice.exact];
  lines.push(notice ? `${notice.by}: ${notice.said.replace(/\.$/, "")}. ${exact}` : "Nobody notices.");
  return { notice, lines, left };
}

function render(context) {
  const { model } = context;
  const runs = unpack(model.get("packed"));
  const names = [...new Set(runs.map(({ attack }) => attack))];
  const find = (attack, rehash) => runs.find((run) => run.attack === attack && run.rehash === rehash);
  const state = { attack: model.get("attack"), rehash: model.get("rehash"), on: model.get("on") };

  const frame = createFrame(context, "es-tamper", { tabindex: "0" });
  const { tell } = frame.teller(() => ({ ...state }));
  const attacks = select("Attack", names.map((name) => [name, name]), state.attack,
    (attack) => set({ attack }));
  const rehash = h("input", { type: "checkbox", change: () => set({ rehash: rehash.checked }) });
  const defences = switches("Defences", DEFENCES, (on) => set({ on }));
  const said = h("div", { class: "es-verdict", role: "status" });
  const left = h("div", { class: "es-told", tabindex: "0", role: "region", "aria-label": "Not checked" });
  const [changed, tree] = [changesPanel(), treePanel()];
  const repaint = frame.painter(() => tree.show(now(), state.on));

  frame.put(frame.title,
    h("div", { class: "es-row" }, attacks.element,
      h("label", { class: "es-field" }, rehash, "and makes the hashes anew")),
    h("div", { class: "es-row" }, defences.element),
    said, left, h("div", { class: "es-panels es-abreast" }, changed.element, tree.element),
    h("div", { class: "es-row" }, h("span", { class: "es-muted" }, LEGEND),
      keyLegend([["N P", "next, previous attack"], ["D", "one defence more"]])));
  onKeys(frame.root, {
    n: () => move(1), p: () => move(-1),
    d: () => set({ on: DEFENCES.slice(0, (state.on.length + 1) % (DEFENCES.length + 1)) }),
  });

  function now() {
    return find(state.attack, state.rehash) ?? find(state.attack, !state.rehash);
  }

  function move(by) {
    set({ attack: names[(names.indexOf(state.attack) + by + names.length) % names.length] });
  }

  function set(change) {
    Object.assign(state, change);
    show();
    tell();
  }

  function show() {
    const run = now();
    attacks.set(state.attack);
    rehash.checked = run.rehash;
    rehash.disabled = !find(state.attack, !run.rehash);
    defences.set(state.on);
    const { notice, lines, left: unseen } = verdict(run, state.on);
    said.replaceChildren(...lines.map((text) => h("div", {}, text)));
    said.classList.toggle("es-missed", !notice);
    left.textContent = unseen.length ? `Not checked: ${unseen.join("; ")}.` : "";
    changed.show(run);
    repaint();
    Object.assign(frame.root.dataset,
      { attack: state.attack, on: state.on.join(" "), by: notice ? notice.by : "nobody" });
  }

  const follow = () => {
    Object.assign(state,
      { attack: model.get("attack"), rehash: model.get("rehash"), on: model.get("on") });
    show();
  };
  frame.on({ "change:attack": follow, "change:rehash": follow, "change:on": follow });
  show();
}

export default { render };
