// The start page: form, chart, list and address bar show one state. Whoever changes it calls `go`.
"use strict";

(() => {
  const { column } = Query;
  const $ = (id) => document.getElementById(id);
  const form = $("filters");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const items = [...document.querySelectorAll("#events .event")];
  const months = [...document.querySelectorAll("#events .month")];
  const years = [...new Set(DATA.events.map((event) => event[column.start_earliest].slice(0, 4)))];
  const NAMES = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December"];
  const inWords = (day) => `${+day.slice(8)} ${NAMES[+day.slice(5, 7) - 1]} ${day.slice(0, 4)}`;

  // The slider counts days from the first turning point; its last place is the record of today.
  const DAY = 86400000, firstDay = Date.parse(Query.turningPoints[0]), lastDay = Date.parse(Query.turningPoints.at(-1));
  const places = (lastDay - firstDay) / DAY + 1;
  const dayAt = (place) => (place >= places ? "" : new Date(firstDay + place * DAY).toISOString().slice(0, 10));
  const placeOf = (day) => Math.max(0, Math.min(places - 1, (Date.parse(day) - firstDay) / DAY));

  let state = Query.fromAddress(location.hash);
  let views = [];

  // Showing -------------------------------------------------------------------------------------------------

  function render() {
    views = Query.select(state);
    fillForm();
    Chart.draw(views, state);
    list();
    tell();
  }

  function fillForm() {
    const off = !Query.isDay(state.known);
    $("known").value = off ? places : placeOf(state.known);
    $("known").setAttribute("aria-valuetext", off ? "today" : inWords(state.known));
    $("known-day").textContent = off ? "today" : inWords(state.known);
    if (document.activeElement !== $("known-date")) $("known-date").value = off ? "" : state.known;
    $("today").disabled = off;
    for (const id of ["q", "from", "to", "actor", "country", "authority"]) if ($(id).value !== state[id]) $(id).value = state[id];
    for (const box of boxes) box.checked = state[box.name].includes(box.value);
    for (const radio of form.querySelectorAll("[name=match]")) radio.checked = radio.value === state.match;
    for (const button of $("years").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(state.from === button.value && state.to === button.value));
    }
  }

  function list() {
    const shown = new Map(views.map((view) => [view.place, view.status]));
    items.forEach((item, place) => {
      const status = shown.get(place);
      item.hidden = status === undefined;
      if (!item.hidden && item.dataset.status !== status) mark(item, status);
    });
    for (const month of months) month.hidden = !month.querySelector(".event:not([hidden])");
    $("none").hidden = views.length > 0;
  }

  function mark(item, status) {
    const badge = item.querySelector(".status");
    badge.querySelector(".mark").setAttribute("class", `mark ${status}`);
    badge.querySelector("use").setAttribute("href", `#${status}`);
    badge.lastElementChild.textContent = DATA.statuses[status];
    item.dataset.status = status;
  }

  function tell() {
    const problem = Query.period(state).problem ?? "";
    $("period-note").textContent = problem;
    for (const id of ["from", "to"]) $(id).toggleAttribute("aria-invalid", Boolean(problem && state[id]));
    $("count").textContent = `${views.length} of ${DATA.events.length} events`;
    counts("kind", (view) => [DATA.events[view.place][column.kind]]);
    counts("status", (view) => [view.status]);
    counts("materiel", (view) => DATA.materiel[view.place]);
    $("known-note").textContent = Query.isDay(state.known)
      ? "Only what the public record held on that day, with the status of that day; titles are today’s words, summaries are left out."
      : "All evidence, with hindsight. Move the slider to read the record as it stood on a day.";
    active();
    $("view-citation").textContent = `${DATA.citation} View: ${described().join("; ") || "all events"} (${views.length} events).`;
    $("view-python").textContent = Query.python(state);
  }

  // How many events each choice would leave: the view without the choice made among its own kind.
  function counts(name, values) {
    const found = new Map();
    for (const view of Query.select({ ...state, [name]: [] })) {
      for (const value of values(view)) found.set(value, (found.get(value) ?? 0) + 1);
    }
    for (const box of boxes.filter((each) => each.name === name)) {
      box.parentElement.querySelector(".count").textContent = found.get(box.value) ?? 0;
    }
  }

  const chosen = (id) => [...$(id).options].find((option) => option.value === state[id])?.text ?? state[id];

  function filters() {
    const said = [];
    if (Query.isDay(state.known)) said.push([`as known on ${inWords(state.known)}`, { known: "" }]);
    if (Query.searches(state)) said.push([`“${state.q.trim()}”`, { q: "" }]);
    if (state.from || state.to) {
      const match = state.match === "certain" ? "certainly" : "possibly";
      said.push([`${match} ${state.from ? `from ${state.from} ` : ""}${state.to ? `to ${state.to}` : "on"}`, { from: "", to: "", match: "possible" }]);
    }
    for (const value of state.kind) said.push([DATA.kinds[value] ?? value, { kind: state.kind.filter((each) => each !== value) }]);
    for (const value of state.status) said.push([DATA.statuses[value] ?? value, { status: state.status.filter((each) => each !== value) }]);
    for (const value of state.materiel) said.push([DATA.materiels[value] ?? value, { materiel: state.materiel.filter((each) => each !== value) }]);
    if (state.actor) said.push([`actor ${chosen("actor")}`, { actor: "" }]);
    if (state.country) said.push([`in ${chosen("country")}`, { country: "" }]);
    if (state.authority) said.push([`designated by ${chosen("authority")}`, { authority: "" }]);
    return said;
  }

  const described = () => filters().map(([text]) => text);

  function active() {
    $("active").replaceChildren(...filters().map(([text, without]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: `${text} ×` });
      button.setAttribute("aria-label", `Remove filter: ${text}`);
      button.addEventListener("click", () => go(without));
      return button;
    }));
    $("reset").hidden = !$("active").children.length;
  }

  // Changing ------------------------------------------------------------------------------------------------

  // What is dragged or typed replaces the address; every other change is one step back in the history.
  function go(change, replace = false) {
    state = { ...state, ...change };
    const address = Query.toAddress(state);
    if (address !== (location.hash || "#")) history[replace ? "replaceState" : "pushState"](null, "", address);
    render();
  }

  const typed = (id) => $(id).addEventListener("input", () => go({ [id]: $(id).value.trim() }, true));

  function listen() {
    form.addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("popstate", () => { state = Query.fromAddress(location.hash); render(); });
    $("known").addEventListener("input", () => go({ known: dayAt(+$("known").value) }, true));
    $("known-date").addEventListener("input", () => {
      const day = $("known-date").value.trim();
      const valid = !day || Query.isDay(day);
      $("known-date").toggleAttribute("aria-invalid", !valid);
      if (valid) go({ known: day }, true);
    });
    $("earlier").addEventListener("click", () => {
      const day = Query.turningPoints.findLast((each) => !state.known || each < state.known);
      if (day) go({ known: day });
    });
    $("later").addEventListener("click", () => {
      go({ known: state.known ? Query.turningPoints.find((each) => each > state.known) ?? "" : "" });
    });
    $("today").addEventListener("click", () => go({ known: "" }));
    for (const id of ["from", "to"]) typed(id);
    $("q").addEventListener("input", () => go({ q: $("q").value }, true));
    for (const id of ["actor", "country", "authority"]) $(id).addEventListener("change", () => go({ [id]: $(id).value }));
    for (const box of boxes) {
      box.addEventListener("change", () => {
        go({ [box.name]: boxes.filter((each) => each.name === box.name && each.checked).map((each) => each.value) });
      });
    }
    for (const radio of form.querySelectorAll("[name=match]")) radio.addEventListener("change", () => go({ match: radio.value }));
    for (const id of ["reset", "reset-too"]) $(id).addEventListener("click", () => go(Query.empty()));
    $("as-csv").addEventListener("click", () => save(Query.csv(Query.rows(state, views)), "events.csv", "text/csv"));
    $("as-json").addEventListener("click", () => save(Query.json(Query.rows(state, views)), "events.json", "application/json"));
    $("copy-link").addEventListener("click", copyLink);
    let width = $("figure").clientWidth;
    new ResizeObserver(() => {
      if ($("figure").clientWidth === width) return;
      width = $("figure").clientWidth;
      Chart.draw(views, state);
    }).observe($("figure"));
  }

  function save(text, name, type) {
    const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      $("copied").textContent = "Copied.";
    } catch {
      $("copied").textContent = location.href;
    }
  }

  function addYears() {
    for (const year of years) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: year, value: year });
      button.addEventListener("click", () => {
        const on = state.from === year && state.to === year;
        go({ from: on ? "" : year, to: on ? "" : year });
      });
      $("years").append(button);
    }
  }

  $("scriptless").hidden = true;
  for (const id of ["filters", "figure", "take"]) $(id).hidden = false;
  $("known").max = places;
  $("more").open = window.matchMedia("(min-width: 60rem)").matches;
  addYears();
  listen();
  render();
})();
