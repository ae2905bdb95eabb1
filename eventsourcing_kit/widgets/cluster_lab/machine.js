// The fold over a recording of a cluster: the same as in cluster_runs.py, and tested to be so.

const NODE_STATES = { stopped: "down", killed: "down", started: "up", paused: "paused", resumed: "up" };
const OUTCOMES = ["acknowledged", "failed", "unknown"];

function firstState(names) {
  const nodes = Object.fromEntries(names.map((name) => [name, { state: "up", position: 0 }]));
  return { nodes, leader: "", appends: {}, acknowledged_to: 0 };
}

function evolveCluster(state, { kind, node: name, append, position }) {
  const change = (node) => ({ ...state.nodes, [name]: { ...state.nodes[name], ...node } });
  if (kind in NODE_STATES) {
    const now = NODE_STATES[kind];
    const lost = state.leader === name && now === "down";
    return { ...state, nodes: change({ state: now }), leader: lost ? "" : state.leader };
  }
  if (kind === "has") return { ...state, nodes: change({ position }) };
  if (kind === "leads") return { ...state, leader: name };
  const reached = Math.max(state.acknowledged_to, kind === "acknowledged" ? position : 0);
  return { ...state, appends: { ...state.appends, [append]: kind }, acknowledged_to: reached };
}

// The states before the first moment and after each.
function clusterStates(names, moments) {
  const states = [firstState(names)];
  for (const moment of moments) states.push(evolveCluster(states.at(-1), moment));
  return states;
}

function onAMajority({ nodes }, majority) {
  const positions = Object.values(nodes).map(({ position }) => position);
  return positions.sort((a, b) => b - a)[majority - 1];
}

function momentText({ kind, node, append, position, words }) {
  if (kind === "sent") return `append ${append} is sent`;
  if (kind === "acknowledged") return `append ${append} is acknowledged, at position ${position}`;
  if (kind === "failed") return `append ${append} failed: ${words}`;
  if (kind === "unknown") return `append ${append}: it is not known whether it was stored: ${words}`;
  if (kind === "leads") return node ? `${node} leads` : "no node is followed by a majority";
  if (kind === "has") return `${node} is seen to have all up to position ${position}`;
  return `${node} was ${kind}`;
}
