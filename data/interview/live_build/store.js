// A right store in JavaScript: every line of log.jsonl is an append, whole or not there. Requests
// are taken one after the other, and all file calls wait, so that check and write are one step.

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const folder = process.argv[2];
const logPath = path.join(folder, "log.jsonl");
const viewPath = path.join(folder, "view.json");
const streams = new Map(); // stream -> its events
const commands = new Map(); // command id -> the version that it was answered
let view = { checkpoint: 0, balances: {} };

// --- what is kept ---------------------------------------------------------------------------------

function load() {
  if (fs.existsSync(viewPath)) view = JSON.parse(fs.readFileSync(viewPath, "utf8"));
  if (!fs.existsSync(logPath)) return;
  const bytes = fs.readFileSync(logPath);
  const whole = bytes.lastIndexOf("\n") + 1; // what comes after it, a crash has cut
  fs.truncateSync(logPath, whole);
  for (const line of bytes.subarray(0, whole).toString().split("\n")) if (line) take(JSON.parse(line));
}

function keep(file, text, flags) {
  const handle = fs.openSync(file, flags);
  fs.writeSync(handle, text);
  fs.fsyncSync(handle);
  fs.closeSync(handle);
}

function take({ id, stream, events }) {
  if (!streams.has(stream)) streams.set(stream, []);
  const stored = streams.get(stream);
  for (const event of events) stored.push({ version: stored.length + 1, ...event });
  commands.set(id, stored.length);
}

// --- what is asked --------------------------------------------------------------------------------

const read = (stream) => streams.get(stream) ?? [];
const signs = { MoneyDeposited: 1, MoneyWithdrawn: -1 };
const amount = ({ type, data }) => (signs[type] ?? 0) * (data.amount ?? 0);

const answers = {
  append({ stream, events, expected, id }) {
    if (commands.has(id)) return { version: commands.get(id) };
    const version = read(stream).length;
    if (expected !== null && expected !== version) return { ok: false, error: "conflict", version };
    keep(logPath, JSON.stringify({ id, stream, events }) + "\n", "a");
    take({ id, stream, events });
    return { version: commands.get(id) };
  },
  read: ({ stream }) => ({ events: read(stream) }),
  balance: ({ stream }) => ({ balance: read(stream).reduce((sum, event) => sum + amount(event), 0) }),
  project({ events }) {
    const next = { checkpoint: view.checkpoint, balances: { ...view.balances } };
    for (const event of events) {
      if (event.position <= next.checkpoint) continue;
      next.checkpoint = event.position;
      next.balances[event.stream] = (next.balances[event.stream] ?? 0) + amount(event);
    }
    keep(`${viewPath}.new`, JSON.stringify(next), "w");
    fs.renameSync(`${viewPath}.new`, viewPath);
    view = next;
    return {};
  },
  balances: () => ({ balances: view.balances }),
};

load();
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  const answer = answers[request.op];
  const reply = answer ? { ok: true, ...answer(request) } : { ok: false, error: "unknown op" };
  process.stdout.write(JSON.stringify({ call: request.call, ...reply }) + "\n");
});
