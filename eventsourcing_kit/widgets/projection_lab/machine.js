// Two projections that can crash: the same fold as in machine.py, and tested to be so.

const ARRIVAL = 3;
const REPAIR = 3;

function openingState(amounts, balance) {
  const none = amounts.map(() => 0);
  const lane = { balance, checkpoint: 0, applied: 0, open: false, times: none, skips: none,
    did: "nothing", at: 0 };
  return { left: lane, right: lane, tick: 0, head: 0, down: 0 };
}

// The state after one move, "s" (a step) or "c" (a crash).
function evolveLab(state, move, amounts, cure) {
  return move === "c" ? crash(state, cure) : stepOn(state, amounts, cure);
}

function isDone({ left, right, head, down }) {
  return !down && Math.min(left.checkpoint, right.checkpoint) === head && head === left.times.length;
}

function stepOn(state, amounts, cure) {
  const arrives = state.tick % ARRIVAL === 0 && state.head < amounts.length;
  return {
    left: work(state, state.left, amounts, cure),
    right: work(state, state.right, amounts, "transaction"),
    tick: state.tick + 1,
    head: state.head + Number(arrives),
    down: Math.max(0, state.down - 1),
  };
}

function work(state, lane, amounts, cure) {
  if (state.down) return { ...lane, did: state.down === 1 ? "restarted" : "down" };
  if (lane.open) return finish(lane, amounts, cure);
  if (lane.checkpoint < state.head) return handle(lane, amounts, cure);
  return { ...lane, did: "waits" };
}

function handle(lane, amounts, cure) {
  const at = lane.checkpoint;
  const begun = { ...lane, open: true, at };
  if (cure === "transaction") return { ...begun, did: "begun" };
  if (cure === "checkpoint_first") return { ...begun, checkpoint: at + 1, did: "saved_first" };
  if (cure !== "none" && at < lane.applied) {
    return { ...begun, skips: oneMore(lane.skips, at), did: "skipped" };
  }
  return { ...add(begun, amounts), did: lane.times[at] ? "again" : "handled" };
}

function finish(lane, amounts, cure) {
  const late = { transaction: "committed", checkpoint_first: "handled_late" }[cure];
  const kept = late ? add(lane, amounts) : lane;
  return { ...kept, open: false, checkpoint: lane.at + 1, did: late ?? "saved" };
}

function add(lane, amounts) {
  return {
    ...lane,
    balance: lane.balance + amounts[lane.at],
    applied: Math.max(lane.applied, lane.at + 1),
    times: oneMore(lane.times, lane.at),
  };
}

function crash(state, cure) {
  if (state.down) return state;
  const [left, right] = [fall(state.left, cure), fall(state.right, "transaction")];
  return { ...state, left, right, down: REPAIR };
}

function fall(lane, cure) {
  if (!lane.open) return { ...lane, did: "crashed" };
  if (cure === "checkpoint_first") return { ...lane, open: false, applied: lane.at + 1, did: "lost" };
  const did = cure === "transaction" ? "rolled_back" : "crashed_between";
  return { ...lane, open: false, did };
}

function oneMore(counts, at) {
  return counts.map((n, i) => (i === at ? n + 1 : n));
}
