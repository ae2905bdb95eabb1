// What capacity.py computes, the same in the browser; a test holds one against the other.

const DAY_S = 86_400;
const RISK = 0.05;
const MOST_PARTITIONS = 100_000;
const ALONE = 32;

// Groups of streams, the busiest first: [how many, the share of each].
function zipf(streams, skew) {
  const groups = [];
  for (let k = 1; k <= Math.min(streams, ALONE); k++) groups.push([1, k ** -skew]);
  for (let first = ALONE + 1; first <= streams;) {
    const behind = Math.min(streams + 1, first + Math.floor(first / 8));
    const [low, high, power] = [first - 0.5, behind - 0.5, 1 - skew];
    const area = power ? (high ** power - low ** power) / power : Math.log(high / low);
    groups.push([behind - first, area / (behind - first)]);
    first = behind;
  }
  const total = groups.reduce((sum, [n, weight]) => sum + n * weight, 0);
  return groups.map(([n, weight]) => [n, weight / total]);
}

function logMean(groups, partitions, t) {
  let [value, slope] = [0, 0];
  for (const [n, share] of groups) {
    const grown = Math.expm1(t * share) / partitions;
    value += n * Math.log1p(grown);
    slope += (n * share * (grown + 1 / partitions)) / (1 + grown);
  }
  return [value, slope];
}

function tailShare(groups, partitions, risk) {
  let [low, high] = [0, Math.log(100 / groups[0][1])];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    const [value, slope] = logMean(groups, partitions, Math.exp(middle));
    if (Math.exp(middle) * slope - value < -Math.log(risk)) low = middle;
    else high = middle;
  }
  const t = Math.exp(high);
  return (logMean(groups, partitions, t)[0] - Math.log(risk)) / t;
}

function hottestShare([[, busiest], ...others], partitions) {
  if (partitions === 1 || !others.length) return 1;
  const beside = tailShare(others, partitions, RISK / 2);
  const elsewhere = tailShare(others, partitions, RISK / 2 / partitions);
  return Math.min(1, Math.max(busiest + beside, elsewhere));
}

function catchUp(arriving, folded, outage) {
  return folded <= arriving ? Infinity : (arriving * outage) / (folded - arriving);
}

function lagAt(arriving, folded, outage, at) {
  if (at <= outage) return arriving * at;
  return Math.max(0, arriving * outage - (folded - arriving) * (at - outage));
}

function fewestPartitions(groups, rate, allowed) {
  const enough = (n) => rate * hottestShare(groups, n) <= allowed;
  let [fails, holds] = [0, 1];
  while (!enough(holds)) {
    if (holds === MOST_PARTITIONS) return null;
    [fails, holds] = [holds, Math.min(2 * holds, MOST_PARTITIONS)];
  }
  while (holds - fails > 1) {
    const middle = Math.floor((fails + holds) / 2);
    if (enough(middle)) holds = middle;
    else fails = middle;
  }
  return holds;
}

// All results of a System by their names, as its `numbers()` gives them.
function capacityNumbers(system) {
  const { events_per_s: rate, partitions, folds_per_s: folds, outage_s: outage } = system;
  const groups = zipf(system.streams, system.skew);
  const hottest = hottestShare(groups, partitions);
  const kept = system.retention_days * DAY_S;
  const stored = system.event_bytes * system.replicas;
  const allowed = (1 - system.margin) * Math.min(system.appends_per_s, folds);
  return {
    bytes_a_year: rate * 365.25 * DAY_S * stored,
    bytes_kept: rate * kept * stored,
    hottest_stream: groups[0][1],
    hottest_mean: groups[0][1] + (1 - groups[0][1]) / partitions,
    hottest,
    hottest_per_s: rate * hottest,
    lag_events: rate * outage,
    catch_up_s: catchUp(rate * hottest, folds, outage),
    replay_s: catchUp(rate * hottest, folds, kept),
    allowed_per_s: allowed,
    holds: rate * hottest <= allowed,
    partitions_needed: fewestPartitions(groups, rate, allowed),
  };
}

// --- in words, as words.py has them --------------------------------------------------------------

// Three digits of it, or more where it is large: 0.125, 1.25, 12.5, 125, 1,250.
function threeDigits(value) {
  const wanted = value ? 2 - Math.floor(Math.log10(value)) : 0;
  const digits = clamp(wanted, 0, 9);
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const DURATIONS = [["s", 1], ["min", 60], ["h", 3600], ["days", DAY_S], ["years", 365.25 * DAY_S]];

function unitOfTime(seconds) {
  return DURATIONS.findLast(([, size]) => seconds >= 2 * size) ?? DURATIONS[0];
}

function durationText(seconds) {
  if (seconds === Infinity) return "never";
  const [unit, size] = unitOfTime(seconds);
  return `${threeDigits(seconds / size)} ${unit}`;
}

function bytesText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
  const power = clamp(Math.floor(Math.log10(Math.max(1, bytes)) / 3), 0, units.length - 1);
  return `${threeDigits(bytes / 1000 ** power)} ${units[power]}`;
}

const percentText = (share) => `${threeDigits(100 * share)} %`;

function ruleText(system, numbers) {
  const whole = (value) => count(Math.round(value));
  const gets = `gets up to ${whole(numbers.hottest_per_s)} events a second, `
    + `${whole(numbers.allowed_per_s)} are allowed`;
  const { partitions_needed: needed } = numbers;
  if (needed === null) {
    const alone = whole(system.events_per_s * numbers.hottest_stream);
    return `✕ No number of partitions is enough: the hottest one ${gets}, and the busiest stream alone has ${alone}.`;
  }
  const [said, fewest] = numbers.holds ? ["✓ The rule holds", "The fewest are"]
    : ["✕ The rule does not hold", "It needs"];
  return `${said}: the hottest partition ${gets}. ${fewest} ${counted(needed, "partition")}.`;
}
