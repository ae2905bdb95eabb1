// Times in microseconds since 1970, UTC: as text, and along an axis.

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;

function isoTime(us) {
  const milliseconds = Math.floor(us / 1000);
  const rest = String(us - milliseconds * 1000).padStart(3, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}

// The inverse of isoTime.
function microseconds(iso) {
  return Date.parse(`${iso.slice(0, 23)}Z`) * 1000 + Number(iso.slice(23, 26));
}

// 2025-03-14 09:00:00 UTC; `digits` of the second's fraction.
function timeText(us, digits = 0) {
  const text = isoTime(us);
  return `${text.slice(0, 10)} ${text.slice(11, digits ? 20 + digits : 19)} UTC`;
}

// With as many digits as the time has.
function exactTimeText(us) {
  const text = isoTime(us);
  const fraction = text.slice(19, 26).replace(/\.?0+$/, "");
  return `${text.slice(0, 10)} ${text.slice(11, 19)}${fraction} UTC`;
}

// The two times of an event, and what each order of them tells; `who` keeps the events.
const orders = (who) => ({
  recorded_at: `what ${who} knew`,
  occurred_at: "what was true",
});

// At most `most` instants between `start` and `end`, on whole units of UTC, with their labels.
function timeTicks(start, end, most) {
  const span = end - start;
  const steps = [0.001, 0.01, 0.1, 1, 5, 15, 60, 300, 900, 3600, 10800, 43200]
    .map((seconds) => seconds * SECOND).concat([1, 2, 7, 14].map((days) => days * DAY));
  const step = steps.find((length) => span / length <= most);
  if (step) {
    const label = (us) => step >= DAY ? isoTime(us).slice(5, 10)
      : isoTime(us).slice(11, step >= 60 * SECOND ? 16 : step >= SECOND ? 19 : 23);
    const ticks = [];
    for (let us = Math.ceil(start / step) * step; us <= end; us += step) {
      ticks.push([us, label(us)]);
    }
    return ticks;
  }
  const months = [1, 2, 3, 6, 12, 24, 60, 120, 600]
    .find((n) => span / (n * 30 * DAY) <= most) ?? 1200;
  const ticks = [];
  const first = new Date(start / 1000);
  for (let month = first.getUTCFullYear() * 12; ; month += months) {
    const us = Date.UTC(Math.floor(month / 12), month % 12) * 1000;
    if (us > end) return ticks;
    if (us >= start) ticks.push([us, isoTime(us).slice(0, months >= 12 ? 4 : 7)]);
  }
}

// How many of the ascending `values` are at or below `value`.
function countUntil(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
