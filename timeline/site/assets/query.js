// What a view of the record is: its state, the events that it holds, and how it is exported and cited.
// Nothing here touches the page. The rules are those of timeline.dates.windows, timeline.knowledge
// and timeline.questions.search; tests check both against each other.
"use strict";

const Query = (() => {
  const MANY = ["kind", "status", "materiel"];
  const WORDS = { kind: DATA.kinds, status: DATA.statuses, materiel: DATA.materiels };
  const ONE = ["q", "actor", "country", "authority", "from", "to", "known"];
  const column = Object.fromEntries(DATA.columns.map((name, place) => [name, place]));
  const PLACES = [column.place_id, column.about_place_id];
  const ids = new Map(DATA.events.map((event, place) => [event[column.event_id], place]));

  // State <-> address ---------------------------------------------------------------------------------------

  const empty = () => ({ q: "", kind: [], status: [], materiel: [], actor: "", country: "", authority: "",
    from: "", to: "", match: "possible", known: "" });

  function fromAddress(hash) {
    const state = empty();
    if (!hash.startsWith("#?")) return state;
    const given = new URLSearchParams(hash.slice(2));
    for (const name of ONE) state[name] = given.get(name) ?? "";
    for (const name of MANY) {
      state[name] = (given.get(name) ?? "").split(",").filter((value) => Object.hasOwn(WORDS[name], value));
    }
    if (!isDay(state.known)) state.known = "";
    if (given.get("match") === "certain") state.match = "certain";
    return state;
  }

  function toAddress(state) {
    const said = new URLSearchParams();
    for (const name of ONE) if (state[name]) said.set(name, state[name]);
    for (const name of MANY) if (state[name].length) said.set(name, state[name].join(","));
    if (state.match === "certain") said.set("match", "certain");
    const text = said.toString();
    return text ? `#?${text.replaceAll("%2C", ",")}` : "#";
  }

  // Days ----------------------------------------------------------------------------------------------------

  const length = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate();
  const two = (number) => String(number).padStart(2, "0");

  // First and last day of YYYY, YYYY-MM or YYYY-MM-DD; null where the text is none of these.
  function span(text) {
    const match = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
    if (!match || match[1] === "0000") return null;
    const [, year, month, day] = match;
    if (!month) return [`${year}-01-01`, `${year}-12-31`];
    if (month < "01" || month > "12") return null;
    if (!day) return [`${year}-${month}-01`, `${year}-${month}-${two(length(+year, +month))}`];
    return day >= "01" && +day <= length(+year, +month) ? [text, text] : null;
  }

  const isDay = (text) => text.length === 10 && span(text) !== null;

  // First and last day of the period of a state, null where it is open; or what is wrong with it.
  function period(state) {
    const first = state.from ? span(state.from) : [null];
    const last = state.to ? span(state.to) : [null, null];
    if (!first || !last) {
      return { problem: `“${first ? state.to : state.from}” is no date; write 2023, 2023-11 or 2023-11-21.` };
    }
    if (first[0] && last[1] && first[0] > last[1]) {
      return { problem: `The period ends on ${last[1]}, before it begins on ${first[0]}.` };
    }
    return { first: first[0], last: last[1] };
  }

  function overlaps(event, { first, last }, match) {
    const begin = event[column.start_earliest], lateBegin = event[column.start_latest];
    const end = event[column.end_latest], earlyEnd = event[column.end_earliest] ?? (end === null ? lateBegin : null);
    if (match === "certain") {
      return (!last || lateBegin <= last) && (!first || (earlyEnd !== null && earlyEnd >= first));
    }
    return (!last || begin <= last) && (!first || end === null || end >= first);
  }

  // Knowledge -----------------------------------------------------------------------------------------------

  const isKnown = (event, day) => event[column.known_from] !== null && event[column.known_from] <= day;

  function statusOn(place, day) {
    const changes = DATA.changes[place].filter(([from]) => from <= day);
    return changes.length ? changes.reduce((last, next) => (next[0] >= last[0] ? next : last))[1] : null;
  }

  // Days on which an event became known or changed its status.
  const turningPoints = [...new Set(DATA.changes.flatMap((changes) => changes.map(([from]) => from)))].sort();

  // Search --------------------------------------------------------------------------------------------------

  // Words in lower case without diacritics, as the full-text index of timeline.questions.search splits them.
  const tokens = (text) => (text.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC").toLowerCase()
    .match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []);
  const spaced = (text) => ` ${tokens(text).join(" ")} `;

  const searched = DATA.events.map((event, place) => ({
    title: spaced(event[column.title]),
    actors: spaced(DATA.participants[place].flatMap((actor) => DATA.actors[actor]).join(" ; ")),
    summary: spaced(event[column.summary] ?? ""),
  }));

  const searches = (state) => tokens(state.q).length > 0;

  // Every word of the text must stand in title, actors or summary; the last one may go on.
  function finder(text) {
    const words = text.split(/\s+/u).map(tokens).filter((word) => word.length);
    const wanted = words.map((word, place) => ` ${word.join(" ")}${place === words.length - 1 ? "" : " "}`);
    return (place, withSummary) => wanted.every((word) => searched[place].title.includes(word)
      || searched[place].actors.includes(word) || (withSummary && searched[place].summary.includes(word)));
  }

  // Views ---------------------------------------------------------------------------------------------------

  // Events of a view as [{place, status}] in the order of the table.
  function select(state) {
    const window = period(state), found = finder(state.q), known = isDay(state.known) ? state.known : "";
    const views = [];
    if (window.problem) return views;
    DATA.events.forEach((event, place) => {
      if (known && !isKnown(event, known)) return;
      const status = known ? statusOn(place, known) : event[column.status];
      if (status === null) return;
      if (state.kind.length && !state.kind.includes(event[column.kind])) return;
      if (state.status.length && !state.status.includes(status)) return;
      if (state.materiel.length && !DATA.materiel[place].some((each) => state.materiel.includes(each))) return;
      if (state.actor && !DATA.participants[place].includes(state.actor)) return;
      if (state.authority && !DATA.authorities[place].includes(state.authority)) return;
      if (state.country && !PLACES.some((at) => DATA.places[event[at]]?.[1] === state.country)) return;
      if ((window.first || window.last) && !overlaps(event, window, state.match)) return;
      if (!found(place, !known)) return;
      views.push({ place, status });
    });
    return views;
  }

  // Rows of a view as the table events has them in the same dataset in Python.
  function rows(state, views) {
    const known = isDay(state.known);
    return views.map(({ place, status }) => DATA.columns.map((name, at) => {
      if (name === "status") return status;
      return name === "summary" && known ? null : DATA.events[place][at];
    }));
  }

  const cell = (value) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const csv = (data) => [DATA.columns, ...data].map((row) => `${row.map(cell).join(",")}\n`).join("");
  const json = (data) => `[\n${data.map((row) => JSON.stringify(
    Object.fromEntries(DATA.columns.map((name, at) => [name, row[at]])))).join(",\n")}\n]\n`;

  function python(state) {
    const text = (value) => JSON.stringify(value);
    const list = (values) => (values.length === 1 ? text(values[0]) : `[${values.map(text).join(", ")}]`);
    const steps = [`timeline.open(${text(DATA.version)})`];
    if (isDay(state.known)) steps.push(`as_known_on(${text(state.known)})`);
    if (state.from || state.to) {
      const match = state.match === "certain" ? ', match="certain"' : "";
      steps.push(`during(${text(`${state.from || ".."}/${state.to || ".."}`)}${match})`);
    }
    const conditions = [];
    for (const name of MANY) if (state[name].length) conditions.push(`${name}=${list(state[name])}`);
    for (const name of ["actor", "country", "authority"]) if (state[name]) conditions.push(`${name}=${text(state[name])}`);
    if (conditions.length) steps.push(`where(${conditions.join(", ")})`);
    const dataset = steps.join("\n  .");
    const wrapped = steps.length > 1 ? `(\n  ${dataset}\n)` : dataset;
    const found = searches(state)
      ? `found = ds.search(${text(state.q.trim())}, limit=None)["event_id"]\nevents = ds["events"].query("event_id in @found")`
      : 'events = ds["events"]';
    return `import timeline\n\nds = ${wrapped}\n${found}\nprint(ds.cite())  # with a checksum: timeline.resolve() gives the same rows again`;
  }

  return { column, csv, empty, fromAddress, ids, isDay, json, period, python, rows, searches, select, span, toAddress, turningPoints };
})();
