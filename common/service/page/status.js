"use strict";

const kPollMs = 1000;
const kAnswerMsMax = 5000;

const kTexts = {
  pl: {
    skip: "Przejdź do wyników", language: "Język", summary: "Podsumowanie", contests: "Głosowania",
    units: "Jednostki", states: "Protokoły według stanu", upstreams: "Połączenia w górę",
    log: "Dziennik wyborczy", received: "otrzymane", expected: "oczekiwane", share: "udział",
    unit: "jednostka", name: "lista lub kandydat", votes: "głosy", of: "z",
    protocols: "Protokoły otrzymane", validVotes: "Głosy ważne", refused: "Odmowy przyjęcia", allContests: "we wszystkich głosowaniach",
    entries: "Wpisy w dzienniku", definition: "Definicja, wersja", state: "stan", number: "liczba",
    address: "adres", acknowledged: "przyjęte wpisy", connection: "stan połączenia",
    connected: "połączono", disconnected: "brak połączenia", none: "brak",
    noUpstreams: "To jest szczyt drzewa: nie ma dokąd wysyłać.", noStates: "Nie ma jeszcze protokołów.",
    noContests: "Nie ma jeszcze definicji wyborów.", updated: "Ostatnia zmiana", never: "jeszcze nie",
    live: "Strona odświeża się", rehearsal: "PRÓBA: to nie są wyniki wyborów", round: "tura",
    lost: "Utracono łączność z programem. Dane poniżej są z godziny", first: "Czekam na pierwsze dane.",
    loading: "Program wczytuje dziennik. Liczby poniżej są niepełne: policzono wpisów",
    size: "Liczba wpisów", root: "Skrót całości", logId: "Identyfikator", definitionId: "Obowiązująca definicja",
    open: "Rozwiń", close: "Zwiń",
    expectedWarning: "wymaga uwagi",
    effective: "skuteczne", awaiting_approval: "czekają na zgodę", waiting: "czekają na poprzednika",
    in_conflict: "sprzeczne", superseded: "zastąpione", returned: "zwrócone", annulled: "unieważnione",
  },
  en: {
    skip: "Skip to the results", language: "Language", summary: "Summary", contests: "Contests",
    units: "Units", states: "Protocols by state", upstreams: "Upstream connections",
    log: "Election log", received: "received", expected: "expected", share: "share",
    unit: "unit", name: "list or candidate", votes: "votes", of: "of",
    protocols: "Protocols received", validVotes: "Valid votes", refused: "Refused records", allContests: "in all contests",
    entries: "Entries in the log", definition: "Definition, version", state: "state", number: "number",
    address: "address", acknowledged: "entries accepted", connection: "connection",
    connected: "connected", disconnected: "not connected", none: "none",
    noUpstreams: "This is the top of the tree: there is nowhere to send.", noStates: "No protocols yet.",
    noContests: "No definition of the election yet.", updated: "Last change", never: "not yet",
    live: "The page follows", rehearsal: "REHEARSAL: these are not results of an election", round: "round",
    lost: "Connection to the program lost. What is below is from", first: "Waiting for the first data.",
    loading: "The program is reading its log. The figures below are incomplete: entries counted",
    size: "Entries", root: "Root hash", logId: "Log id", definitionId: "Definition in force",
    open: "Expand", close: "Collapse",
    expectedWarning: "needs attention",
    effective: "effective", awaiting_approval: "awaiting approval", waiting: "waiting for a predecessor",
    in_conflict: "in conflict", superseded: "superseded", returned: "returned", annulled: "annulled",
  },
};
const kAttention = new Set(["awaiting_approval", "waiting", "in_conflict"]);

const view = { language: "pl", status: null, etag: "", lostSince: 0, open: new Set(), shut: new Set() };

const byId = (id) => document.getElementById(id);
const text = (key) => kTexts[view.language][key] ?? key;
const locale = () => (view.language === "pl" ? "pl-PL" : "en-GB");
const count = (n) => new Intl.NumberFormat(locale(), { useGrouping: "always" }).format(n);
const percent = (part, whole) => new Intl.NumberFormat(locale(),
  { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(whole > 0 ? part / whole : 0);
const moment = (ms) => (ms > 0 ? new Date(ms).toLocaleString(locale()) : text("never"));

// Text only ever becomes a text node, so nothing a peer names can become markup.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children.map((child) => (typeof child === "object" ? child : String(child))));
  return element;
}

function meter(part, whole) {
  const space = "http://www.w3.org/2000/svg";
  const share = whole > 0 ? Math.min(1, part / whole) : 0;
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("class", share === 1 ? "meter full" : "meter");
  svg.setAttribute("viewBox", "0 0 100 8");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [kind, width] of [["track", 100], ["fill", 100 * share]]) {
    const bar = document.createElementNS(space, "rect");
    bar.setAttribute("class", kind);
    bar.setAttribute("width", String(width));
    bar.setAttribute("height", "8");
    svg.append(bar);
  }
  return svg;
}

const head = (...cells) => make("thead", {}, make("tr", {},
  ...cells.map(([key, kind]) => make("th", { scope: "col", class: kind ?? "" }, key ? text(key) : ""))));
const number = (n) => make("td", { class: "number" }, count(n));

function card(key, value, note = "") {
  return make("div", {}, make("dt", {}, text(key)),
    make("dd", {}, value, note ? make("small", {}, ` ${note}`) : ""));
}

const sum = (list, key) => list.reduce((total, each) => total + each[key], 0);

function drawCards(status) {
  const received = sum(status.contests, "received");
  const expected = sum(status.contests, "expected");
  byId("cards").replaceChildren(
    card("protocols", count(received), `${text("of")} ${count(expected)} · ${percent(received, expected)}`),
    card("validVotes", count(sum(status.contests, "valid_votes")), text("allContests")),
    card("entries", count(status.log.size)),
    card("refused", count(status.refused)),
    card("definition", count(status.definition_version)));
}

function drawContest(contest) {
  const key = `${contest.contest}/${contest.round}`;
  const options = contest.options.map((option) => make("tr", {},
    make("th", { scope: "row" }, option.name || option.code,
      option.name && option.name !== option.code ? make("span", { class: "code" }, option.code) : ""),
    make("td", { class: "bar" }, meter(option.votes, contest.valid_votes)),
    number(option.votes),
    make("td", { class: "number" }, percent(option.votes, contest.valid_votes))));
  const details = make("details", {},
    make("summary", {},
      make("h3", {}, contest.title || contest.contest,
        contest.round > 1 ? ` · ${text("round")} ${contest.round}` : ""),
      make("span", { class: "bar" }, meter(contest.received, contest.expected)),
      make("span", { class: "number" },
        `${count(contest.received)} / ${count(contest.expected)} `,
        make("small", {}, percent(contest.received, contest.expected))),
      make("span", { class: "number votes" }, count(contest.valid_votes), " ",
        make("small", {}, text("votes")))),
    make("table", {}, head(["name"], ["", "bar"], ["votes", "number"], ["share", "number"]),
      make("tbody", {}, ...options)));
  const summary = details.querySelector("summary");
  summary.dataset.key = `contest:${key}`;
  details.open = view.open.has(key) || (contest.first && !view.shut.has(key));
  details.addEventListener("toggle", () => {
    (details.open ? view.open : view.shut).add(key);
    (details.open ? view.shut : view.open).delete(key);
  });
  return details;
}

function drawContests(contests) {
  byId("contest-list").replaceChildren(...(contests.length > 0
    ? contests.map((contest, index) => drawContest({ ...contest, first: index === 0 }))
    : [make("p", { class: "hint" }, text("noContests"))]));
}

function unitRow(unit, level, children, shown) {
  const twist = children.length === 0 ? make("span", { class: "leaf" }) : make("button", {
    type: "button", class: "twist", "aria-expanded": String(shown),
    "aria-label": `${text(shown ? "close" : "open")} ${unit.name || unit.unit}`,
    onclick: () => {
      (shown ? view.shut : view.open).add(`unit:${unit.unit}`);
      (shown ? view.open : view.shut).delete(`unit:${unit.unit}`);
      drawUnits(view.status.units);
      document.querySelector(`[data-key="unit:${CSS.escape(unit.unit)}"]`)?.focus();
    },
  }, shown ? "▾" : "▸");
  twist.dataset.key = `unit:${unit.unit}`;
  return make("tr", {},
    make("th", { scope: "row", class: `l${Math.min(level, 4)}` }, twist, unit.name || unit.unit,
      make("span", { class: "code" }, unit.unit)),
    make("td", { class: "bar" }, meter(unit.received, unit.expected)),
    number(unit.received), number(unit.expected),
    make("td", { class: "number" }, percent(unit.received, unit.expected)));
}

// The top two levels stand open, and below them whatever is alone on its level; what a person opened or
// shut stays so.
function unitRows(units) {
  const known = new Set(units.map((unit) => unit.unit));
  const below = Map.groupBy ? Map.groupBy(units, (unit) => unit.parent) : groupByParent(units);
  const rows = [];
  const seen = new Set();
  const visit = (unit, level, alone) => {
    if (seen.has(unit.unit)) return;
    seen.add(unit.unit);
    const children = (below.get(unit.unit) ?? []).filter((child) => child !== unit);
    const key = `unit:${unit.unit}`;
    const shown = view.open.has(key) || ((level < 2 || alone) && children.length <= 60 && !view.shut.has(key));
    rows.push(unitRow(unit, level, children, shown));
    if (shown) for (const child of children) visit(child, level + 1, alone && children.length === 1);
  };
  for (const unit of units) if (!known.has(unit.parent) || unit.parent === unit.unit) visit(unit, 0, true);
  return rows;
}

function groupByParent(units) {
  const below = new Map();
  for (const unit of units) below.set(unit.parent, [...(below.get(unit.parent) ?? []), unit]);
  return below;
}

function drawUnits(units) {
  byId("unit-table").replaceChildren(make("table", {},
    head(["unit"], ["", "bar"], ["received", "number"], ["expected", "number"], ["share", "number"]),
    make("tbody", {}, ...unitRows(units))));
}

function drawStates(states) {
  const rows = Object.entries(states).filter(([, n]) => n > 0).map(([state, n]) => make("tr", {},
    make("th", { scope: "row", class: kAttention.has(state) ? "warn" : "" }, text(state),
      kAttention.has(state) ? make("span", { class: "hidden" }, ` (${text("expectedWarning")})`) : ""),
    number(n)));
  byId("state-table").replaceChildren(rows.length > 0
    ? make("table", {}, head(["state"], ["number", "number"]), make("tbody", {}, ...rows))
    : make("p", { class: "hint" }, text("noStates")));
}

function drawUpstreams(upstreams) {
  const rows = upstreams.map((upstream) => make("tr", {},
    make("th", { scope: "row" }, upstream.unit, make("span", { class: "code" }, upstream.address)),
    make("td", { class: upstream.connected ? "good" : "bad" },
      text(upstream.connected ? "connected" : "disconnected")),
    number(upstream.acknowledged)));
  byId("upstream-table").replaceChildren(rows.length > 0
    ? make("table", {}, head(["unit"], ["connection"], ["acknowledged", "number"]), make("tbody", {}, ...rows))
    : make("p", { class: "hint" }, text("noUpstreams")));
}

function drawLog(status) {
  const log = status.log;
  byId("log").replaceChildren(
    make("dt", {}, text("size")), make("dd", {}, count(log.size)),
    make("dt", {}, text("root")), make("dd", { class: "mono" }, log.root || text("none")),
    make("dt", {}, text("logId")), make("dd", { class: "mono" }, log.log_id || text("none")),
    make("dt", {}, text("definitionId")),
    make("dd", { class: "mono" }, status.definition || text("none")));
}

function drawTexts() {
  document.documentElement.lang = view.language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
  document.querySelector("[data-label]").setAttribute("aria-label", text("language"));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === view.language));
  }
}

function drawLink() {
  const lost = view.lostSince > 0;
  const changed = view.status ? moment(view.status.updated_ms) : "";
  const link = byId("link");
  const words = view.status ? `${text("updated")}: ${changed}` : text("first");
  if (link.textContent !== words) link.textContent = words;
  link.className = lost ? "bad" : view.status ? "good" : "";
  byId("lost").hidden = !lost || !view.status;
  if (lost && byId("lost").hidden === false) byId("lost").textContent = `${text("lost")} ${moment(view.lostSince)}.`;
}

function draw() {
  const focus = document.activeElement?.dataset?.key;
  const status = view.status;
  drawTexts();
  drawLink();
  if (!status) return;
  document.title = `Urna ${status.unit}`;
  const { counted, size } = status.log;
  byId("loading").hidden = counted >= size;
  byId("loading").textContent = `${text("loading")} ${count(counted)} ${text("of")} ${count(size)}.`;
  byId("unit").textContent = status.unit;
  byId("election").textContent = status.election;
  byId("rehearsal").hidden = status.mode === "live";
  byId("rehearsal").textContent = text("rehearsal");
  byId("software").textContent = status.software;
  drawCards(status);
  drawContests(status.contests);
  drawUnits(status.units);
  drawStates(status.states);
  drawUpstreams(status.upstreams);
  drawLog(status);
  byId("main").hidden = false;
  if (focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
}

async function poll() {
  try {
    const answer = await fetch("/api/status.json", {
      headers: view.etag ? { "If-None-Match": view.etag } : {},
      cache: "no-store",
      signal: AbortSignal.timeout(kAnswerMsMax),
    });
    if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
    view.lostSince = 0;
    view.seen = Date.now();
    if (answer.status === 200) {
      view.status = await answer.json();
      view.etag = answer.headers.get("ETag") ?? "";
      draw();
    } else {
      drawLink();
    }
  } catch {
    if (view.lostSince === 0) view.lostSince = view.seen ?? Date.now();
    drawLink();
  }
  setTimeout(poll, kPollMs);
}

function choose(language) {
  view.language = language;
  try { localStorage.setItem("language", language); } catch { /* private mode: not remembered */ }
  draw();
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => choose(button.dataset.language));
}
try { view.language = localStorage.getItem("language") === "en" ? "en" : "pl"; } catch { /* the default */ }
if (new URLSearchParams(location.search).get("lang") === "en") view.language = "en";
draw();
poll();
