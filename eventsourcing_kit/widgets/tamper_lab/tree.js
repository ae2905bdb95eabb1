// The Merkle tree over the log: what the witness has seen, what it is now, and one event's path.

const holds = (one, other) => one.from <= other.from && other.to <= one.to && one !== other;
const ROOM = 34; // a level

// The node right above; of the root, none.
function parentOf(tree, node) {
  const above = tree.filter((one) => holds(one, node));
  return above.reduce((best, one) => (best && best.to - best.from < one.to - one.from ? best : one), null);
}

// What became of a node, in a word.
const became = ({ was, now }) => (now === was ? "same" : now ? "differs" : "gone");

function drawTree(picture, tree, width) {
  const leaves = Math.max(...tree.map(({ to }) => to));
  const highest = Math.max(...tree.map(({ height }) => height));
  const bottom = 16 + ROOM * highest;
  const x = ({ from, to }) => 12 + ((width - 24) * (from + to)) / 2 / leaves;
  const y = ({ height }) => bottom - ROOM * height;
  const lines = tree.map((node) => [node, parentOf(tree, node)]).filter(([, parent]) => parent)
    .map(([node, parent]) => svg("line", {
      x1: x(node), y1: y(node), x2: x(parent), y2: y(parent),
      class: node.role === "path" ? "es-lit" : null,
    }));
  const nodes = tree.map((node) => svg("circle", {
    cx: x(node), cy: y(node), r: node.height ? 7 : 5,
    class: `es-${became(node)} ${node.role ? `es-on-${node.role}` : ""}`,
  }, svg("title", {}, nodeText(node))));
  const numbers = tree.filter(({ height }) => !height).map((node) =>
    svg("text", { x: x(node), y: bottom + 19, "text-anchor": "middle" }, String(node.from + 1)));
  picture.setAttribute("viewBox", `0 0 ${width} ${bottom + 26}`);
  picture.setAttribute("height", bottom + 26);
  picture.replaceChildren(...lines, ...nodes, ...numbers);
  picture.setAttribute("aria-label", treeText(tree));
}

const short = (hash) => `${hash.slice(0, 8)}…`;

function nodeText(node) {
  const { from, to, was, now } = node;
  const which = to - from === 1 ? `event ${to}` : `events ${from + 1} to ${to}`;
  const is = { same: "as it was", differs: `now ${short(now)}`, gone: "gone" };
  return `${which}: ${short(was)}, ${is[became(node)]}`;
}

function treeText(tree) {
  const root = tree[0];
  const path = tree.filter(({ role }) => role === "path");
  const off = path.filter((node) => became(node) !== "same").length;
  if (became(root) === "same") {
    return `Tree over ${root.to} events: all hashes are what the witness has seen. They are of what `
      + "the seals say: only who compares a seal with its row sees that the row is elsewhere.";
  }
  return `Tree over ${root.to} events: ${off} of ${path.length} hashes on the path of event `
    + `${path.at(-1).to} are not what the witness has seen. The root: ${nodeText(root)}.`;
}
