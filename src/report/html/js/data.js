// ---- What the page holds ----

const SEVERITIES = ["critical", "high", "medium", "low"];

// How a finding can stand, what needs attention first. What a later program may add comes last, under its own name.
const STATUSES = ["fail", "unknown", "excepted", "attested", "pass", "not-applicable"];
const STATUS_WORDS = { "not-applicable": "not applicable" };

// A finding is a number. In `numbers` it has these six, in `texts` these four, one after the other.
const NUMBERS = 6;
const [CHECK, STATUS, ACCOUNT, REGION, TYPE] = [0, 1, 2, 3, 4];
const TEXTS = 4;
const [ID, ARN, MESSAGE, OWNER] = [0, 1, 2, 3];

let head;
let numbers;
let texts;

/** Unpacks a block of the page: base64 of compressed JSON. */
async function unpack(name) {
  const block = document.getElementById(name);
  const binary = atob(block.textContent);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

async function load() {
  let flat;
  [head, flat, texts] = await Promise.all([unpack("head"), unpack("numbers-0"), unpack("texts-0")]);
  numbers = Uint32Array.from(flat);
  // They are held unpacked from now on.
  for (const name of ["head", "numbers-0", "texts-0"]) document.getElementById(name).remove();
  head.statusOrder = [...STATUSES, ...head.statuses.filter((status) => !STATUSES.includes(status))];
  head.byCheck = new Map(head.checks.map((check, index) => [check.id, index]));
}

function checkOf(finding) {
  return head.checks[numbers[finding * NUMBERS + CHECK]];
}

function statusOf(finding) {
  return head.statuses[numbers[finding * NUMBERS + STATUS]];
}

function accountOf(finding) {
  return head.account_ids[numbers[finding * NUMBERS + ACCOUNT]];
}

function regionOf(finding) {
  return head.regions[numbers[finding * NUMBERS + REGION]];
}

function typeOf(finding) {
  return head.types[numbers[finding * NUMBERS + TYPE]];
}

function textOf(finding, which) {
  return texts[finding * TEXTS + which];
}

/** What a resource is called: by its id, or in words where the whole list of its kind is meant. */
function resourceOf(finding) {
  const id = textOf(finding, ID);
  return id === "*" ? `all of ${typeOf(finding)}` : id;
}

// Pieces of details that were looked at last; enough to step up and down a list that is sorted otherwise.
const PIECES_KEPT = 16;
const pieces = new Map();

/** The rest of a finding: id, tags, reason, evidence. */
async function detailOf(finding) {
  const piece = Math.floor(finding / head.piece);
  let unpacked = pieces.get(piece);
  pieces.delete(piece);
  unpacked ??= unpack(`detail-${piece}`);
  pieces.set(piece, unpacked);
  if (pieces.size > PIECES_KEPT) pieces.delete(pieces.keys().next().value);
  return (await unpacked)[finding % head.piece];
}

/** Findings in numbers: `{fail: 3, pass: 7, …}` with every status there is. */
function noCounts() {
  return Object.fromEntries(head.statusOrder.map((status) => [status, 0]));
}

function addCounts(to, counts) {
  for (const status of head.statusOrder) to[status] += counts[status];
  return to;
}

/** Counts once what several parts of the page show: findings by check, and how far the failing ones reach. */
function tally() {
  const checks = head.checks.map(() => ({
    counts: noCounts(),
    regions: new Set(),
    accounts: new Set(),
    owners: new Map(),
  }));
  const fails = { regions: new Map(), accounts: new Map(), owners: new Map() };
  const more = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  for (let finding = 0; finding < head.findings; finding += 1) {
    const at = finding * NUMBERS;
    const check = checks[numbers[at + CHECK]];
    const status = head.statuses[numbers[at + STATUS]];
    check.counts[status] += 1;
    if (status !== "fail") continue;
    check.regions.add(numbers[at + REGION]);
    check.accounts.add(numbers[at + ACCOUNT]);
    const owner = textOf(finding, OWNER);
    more(check.owners, owner);
    more(fails.regions, regionOf(finding));
    more(fails.accounts, accountOf(finding));
    more(fails.owners, owner);
  }
  head.tally = checks;
  head.fails = fails;
  head.all = checks.reduce((all, check) => addCounts(all, check.counts), noCounts());
}

/** Findings in numbers, of the checks that `belongs` picks. */
function countsOf(belongs) {
  const counts = noCounts();
  head.checks.forEach((check, index) => {
    if (belongs(check)) addCounts(counts, head.tally[index].counts);
  });
  return counts;
}
