// The chart of the start page: lanes by kind, marks for days, bars for what lasted, fading where a bound is
// not known. It is drawn anew for every view; arrow keys go from mark to mark.
"use strict";

const Chart = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const DAY = 86400000, MARK = 13, BAR = 6;
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const TAIL = 30; // days over which a bar ends where nobody tells when its event did
  const { column } = Query;
  const number = (day) => Date.parse(`${day}T00:00:00Z`) / DAY;

  const svg = document.getElementById("chart");
  const tooltip = document.getElementById("tooltip");
  let marks = [];
  let touched = null; // a first touch tells what the mark is, a second opens it

  function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent?.append(made);
    return made;
  }

  const ends = DATA.events.map((event) => number(event[column.end_latest] ?? event[column.start_latest]));
  const whole = [
    Math.min(...DATA.events.map((event) => number(event[column.start_earliest]))) - 15,
    Math.max(...ends) + 20,
  ];

  // What to draw of an event, in days: the bar that it may have touched, the core that it did, where its mark is.
  // What is open reaches to the day on which the record is read.
  function extent(event, [, last], known) {
    const [begin, lateBegin] = [event[column.start_earliest], event[column.start_latest]].map(number);
    const kind = event[column.extent];
    const until = known ? Math.min(number(known) + 1, last) : last;
    const open = kind === "unknown-end" ? Math.min(lateBegin + TAIL, until) : until;
    const lateEnd = event[column.end_latest] === null ? open : number(event[column.end_latest]) + 1;
    const earlyEnd = event[column.end_earliest] === null ? null : number(event[column.end_earliest]) + 1;
    const core = kind !== "instant" && earlyEnd !== null && earlyEnd > lateBegin ? [lateBegin, earlyEnd] : null;
    return { from: begin, to: lateEnd, core, at: (begin + lateBegin + 1) / 2, exact: begin === lateBegin,
      bar: kind !== "instant" || begin !== lateBegin };
  }

  function draw(views, state) {
    const { first, last } = Query.period(state);
    const domain = [first ? number(first) : whole[0], last ? number(last) + 1 : whole[1]];
    if (domain[1] - domain[0] < 7) domain[1] = domain[0] + 7;
    const width = svg.clientWidth || 800, narrow = width < 700;
    const left = narrow ? 4 : 150, right = width - 8, head = 26, labelled = narrow ? 16 : 0;
    const x = (day) => left + ((day - domain[0]) / (domain[1] - domain[0])) * (right - left);
    const clamp = (value) => Math.max(left, Math.min(right, value));
    svg.replaceChildren();
    const grid = element("g", { class: "grid", "aria-hidden": "true" }, svg);
    const layer = element("g", {}, svg);
    const shown = new Map(Object.keys(DATA.kinds).map((kind) => [kind, []]));
    for (const view of views) shown.get(DATA.events[view.place][column.kind]).push(view);
    let top = head;
    marks = [];
    for (const [kind, lane] of shown) {
      if (!lane.length) continue;
      const free = [];
      for (const view of lane) {
        const event = DATA.events[view.place], drawn = extent(event, domain, state.known);
        const middle = drawn.at < domain[0] ? left + MARK : clamp(x(drawn.at));
        const begin = drawn.bar ? Math.min(middle - MARK / 2, clamp(x(drawn.from))) : middle - MARK / 2;
        const end = drawn.bar ? Math.max(middle + MARK / 2, clamp(x(drawn.to))) : middle + MARK / 2;
        let row = free.findIndex((taken) => taken <= begin);
        if (row < 0) row = free.length;
        free[row] = end;
        const y = top + labelled + row * MARK + 11;
        marks.push(mark(layer, view, drawn, { domain, x: (day) => clamp(x(day)), middle, y }));
      }
      const bottom = top + labelled + free.length * MARK + 8;
      element("line", { x1: 0, x2: width, y1: bottom, y2: bottom, class: "lane" }, grid);
      const y = narrow ? top + 13 : (top + bottom) / 2 + 4;
      element("text", { x: narrow ? 4 : left - 12, y, class: narrow ? "kind" : "kind end" }, grid).textContent = DATA.kinds[kind];
      top = bottom;
    }
    axis(grid, domain, x, top, head);
    if (Query.isDay(state.known) && number(state.known) < domain[1] && number(state.known) >= domain[0]) {
      const at = x(number(state.known) + 1);
      element("line", { x1: at, x2: at, y1: head - 8, y2: top, class: "now" }, grid);
    }
    svg.setAttribute("height", top + 2);
    marks.sort((one, other) => one.at - other.at || one.y - other.y);
    marks[0]?.node.setAttribute("tabindex", "0");
    hide();
  }

  function mark(layer, { place, status }, drawn, { domain, x, middle, y }) {
    const event = DATA.events[place];
    const said = `${event[column.title]}. ${DATA.kinds[event[column.kind]]}, ${DATA.statuses[status]}, ${DATA.when[place]}.`;
    const node = element("a", { class: status, href: `events/${event[column.event_id]}.html`, tabindex: "-1", "aria-label": said }, layer);
    if (drawn.bar) {
      const [from, to] = [x(drawn.from), x(drawn.to)];
      element("rect", { class: "soft", x: from, y: y - BAR / 2, width: Math.max(to - from, 1), height: BAR, rx: 2 }, node);
      if (drawn.from < domain[0]) {
        element("path", { class: "open", d: `M${from + 5} ${y - BAR / 2 - 2}l-5 ${BAR / 2 + 2}l5 ${BAR / 2 + 2}` }, node);
      }
      if (event[column.end_latest] === null) {
        element("path", { class: "open", d: `M${to - 5} ${y - BAR / 2 - 2}l5 ${BAR / 2 + 2}l-5 ${BAR / 2 + 2}` }, node);
      }
      if (drawn.core) {
        const [begin, end] = drawn.core.map(x);
        element("rect", { class: "core", x: begin, y: y - BAR / 2, width: Math.max(end - begin, 1), height: BAR }, node);
      }
    }
    element("use", { class: drawn.exact ? "mark" : "mark hollow", href: `#${status}`,
      x: middle - MARK / 2, y: y - MARK / 2, width: MARK, height: MARK }, node);
    return { node, place, status, at: middle, y };
  }

  function axis(grid, domain, x, bottom, head) {
    const months = (domain[1] - domain[0]) / 30.4, room = (x(domain[1]) - x(domain[0])) / months;
    const step = [1, 3, 6, 12, 24, 60, 120, 240].find((each) => each * room > 40) ?? 600;
    const begin = new Date(domain[0] * DAY);
    const date = new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth(), 1));
    for (; date / DAY <= domain[1]; date.setUTCMonth(date.getUTCMonth() + 1)) {
      const month = date.getUTCMonth(), at = x(date / DAY);
      if ((date.getUTCFullYear() * 12 + month) % step || date / DAY < domain[0]) continue;
      element("line", { x1: at, x2: at, y1: head - 8, y2: bottom, class: month ? "tick" : "tick year" }, grid);
      if (x(domain[1]) - at > 26) {
        element("text", { x: at + 3, y: 14, class: month ? "label" : "label year" }, grid).textContent = month ? MONTHS[month] : date.getUTCFullYear();
      }
    }
  }

  // Tooltip and keys ----------------------------------------------------------------------------------------

  function show({ place, status, at, y }) {
    const event = DATA.events[place];
    const line = (name, text) => Object.assign(document.createElement(name), { textContent: text });
    const [where] = DATA.places[event[column.place_id]] ?? [];
    tooltip.replaceChildren(line("b", event[column.title]), line("span", `${DATA.when[place]}${where ? `, ${where}` : ""}`),
      line("span", `${DATA.kinds[event[column.kind]]}, ${DATA.statuses[status].toLowerCase()}`));
    tooltip.hidden = false;
    const width = svg.clientWidth;
    tooltip.style.left = `${Math.max(0, Math.min(at - tooltip.offsetWidth / 2, width - tooltip.offsetWidth))}px`;
    tooltip.style.top = `${y + 12}px`;
  }

  function hide() {
    tooltip.hidden = true;
  }

  function focused(made) {
    for (const { node } of marks) node.setAttribute("tabindex", "-1");
    made.node.setAttribute("tabindex", "0");
    show(made);
  }

  // Nearest mark above or below that lies in another row; earliest and latest for Home and End.
  function neighbour(from, key) {
    const place = marks.indexOf(from);
    if (key === "ArrowRight") return marks[place + 1];
    if (key === "ArrowLeft") return marks[place - 1];
    if (key === "Home") return marks[0];
    if (key === "End") return marks.at(-1);
    const down = key === "ArrowDown" ? 1 : -1;
    const cost = (each) => (each.y - from.y) * down * 4 + Math.abs(each.at - from.at);
    return marks.filter((each) => (each.y - from.y) * down > 4).sort((one, other) => cost(one) - cost(other))[0];
  }

  // The mark that an event happened on.
  function marked({ target }) {
    const node = target.closest("a");
    return node && marks.find((each) => each.node === node);
  }

  const on = (type, act) => svg.addEventListener(type, (event) => {
    const made = marked(event);
    if (made) act(made, event);
  });

  on("pointerover", show);
  on("pointerout", hide);
  on("focusin", focused);
  on("focusout", hide);
  on("click", (made, click) => {
    if (click.pointerType === "touch" && touched !== made.node) click.preventDefault();
    touched = made.node;
    show(made);
  });
  on("keydown", (made, press) => {
    if (press.key === "Escape") hide();
    if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(press.key)) return;
    press.preventDefault();
    neighbour(made, press.key)?.node.focus();
  });

  return { draw };
})();
