// Fills a sales page from its stores: cards, charts, tables and words.
(() => {
  const { make, put, sortable, text, key } = window.salesgateTables;
  const { NARROW, page, control, slot, set, write, remember, whenThere } = window.salesgatePage;
  const EMPTY = { data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false } } };
  const CHARTS = ["monthly", "best", "worst", "split"];

  // ---- colours: figures name them ($series), the theme's style sheet says what they are
  function painted(figure) {
    const style = getComputedStyle(document.documentElement);
    const colour = (value) => {
      if (typeof value === "string" && /^\$[a-z]+$/.test(value)) {
        return style.getPropertyValue(`--sg-${value.slice(1)}`).trim();
      }
      if (Array.isArray(value)) return value.map(colour);
      if (value && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, colour(part)]));
      }
      return value;
    };
    return {
      data: figure.data.map((trace) => ({ ...trace, ...colour(Object.fromEntries(["marker", "line"].filter((part) => trace[part]).map((part) => [part, trace[part]]))) })),
      layout: { ...figure.layout, ...colour({ font: figure.layout.font, hoverlabel: figure.layout.hoverlabel }), ...axes(figure, colour) },
    };
  }

  function axes({ layout }, colour) {
    return { xaxis: colour(layout.xaxis), yaxis: colour(layout.yaxis) };
  }

  // ---- choosing a month or a product, by bar or by button
  let follow = false;
  const choose = (choice) => {
    follow = Boolean(choice.product);
    for (const name of NARROW) if (choice[name] && control(name).value !== choice[name]) set(name, { value: choice[name] });
    if ("from" in choice || "product" in choice) set("months", { data: { ...choice, at: Date.now() } });
  };

  // A value of the split narrows everything to it; what is left to split by comes next.
  function narrow(by, value) {
    const split = control("split-by");
    const next = split.value === by && [...split.options].find(({ value: name }) => name !== by && control(name)?.value === "*");
    choose({ [by]: value });
    if (next) set("split-by", { value: next.value });
  }

  function button(label, title, action) {
    const element = make("button", { type: "button", className: "btn btn-link btn-sm sg-choose", textContent: label, title });
    element.addEventListener("click", action);
    return element;
  }

  const dress = {
    month: (cell) => button(text(cell), "Show this month", () => choose({ from: key(cell), to: key(cell) })),
    product: (cell) => button(text(cell), "Follow this product", () => choose({ product: key(cell) })),
  };
  for (const name of NARROW) dress[name] = (cell) => button(text(cell), "Narrow to this", () => narrow(name, key(cell)));

  // ---- parts of the page
  const change = ({ figure, words, tone }) =>
    make(
      "p",
      { className: "sg-change" },
      ...(figure ? [make("span", { className: `sg-figure sg-${tone}`, textContent: figure }), " "] : []),
      make("span", { textContent: words }),
    );

  function card({ label, value, unit, changes, how }) {
    return make(
      "article",
      { className: "card card-body sg-card" },
      make("h2", { className: "sg-card-label", textContent: label }),
      make("p", { className: "sg-value" }, value, ...(unit ? [make("span", { className: "sg-unit", textContent: ` ${unit}` })] : [])),
      ...changes.map(change),
      ...(how ? [explained(how)] : []),
    );
  }

  const cards = (list) => slot("cards").replaceChildren(...list.map(card));

  // "How was this number made?": terms and what stands for them.
  function explained({ facts }) {
    const terms = facts.flatMap(([term, words]) => [make("dt", { textContent: term }), make("dd", { textContent: words })]);
    const summary = make("summary", { textContent: "How was this number made?" });
    return make("details", { className: "sg-how" }, summary, make("dl", {}, ...terms));
  }

  // The steps down to what is shown; each but the last leads back to itself.
  function crumb({ steps, links }) {
    const step = ({ text: words, set: back, product }, index) => [
      ...(index ? [" › "] : []),
      index < steps.length - 1 ? button(words, "Back to this", () => choose(back)) : make(product ? "strong" : "span", { textContent: words }),
    ];
    const link = ({ text: words, href }) => [" ", make("a", { textContent: words, href })];
    slot("crumb").replaceChildren(...steps.flatMap(step), ...links.flatMap(link));
  }

  function findings(list) {
    const place = slot("findings");
    place.hidden = !list.length;
    place.replaceChildren(...list.map(({ text: words, href }) => make("li", {}, href ? make("a", { href, textContent: words }) : words)));
  }

  function tell(table) {
    set("table", { data: table });
    const place = control("all");
    place.scrollIntoView({ behavior: "smooth" });
    place.focus({ preventScroll: true });
  }

  function leftOut(part, reasons, rest) {
    const buttons = (reasons || []).map((reason) => button(reason.text, "List these products", () => tell({ only: reason.key })));
    if (buttons.length) buttons.unshift(make("span", { textContent: "Left out: " }));
    if (rest) buttons.push(button(rest.text, "In the table of all products", () => tell(rest.table)));
    slot(`${part}.left_out`).replaceChildren(...buttons);
  }

  function chart(part, view) {
    const plot = slot(`${part}.plot`);
    plot.hidden = !view.figure;
    plot.setAttribute("aria-label", view.label);
    if (view.figure) plot.style.height = `${view.figure.layout.height}px`;
    write(`${part}.title`, view.title);
    write(`${part}.empty`, view.empty);
    write(`${part}.note`, view.note);
    leftOut(part, view.left_out, view.rest);
    slot(`${part}.how`).replaceChildren(...(view.how ? [explained(view.how)] : []));
    const place = slot(`${part}.table`);
    place.closest("details").hidden = !view.table;
    if (view.table) sortable(place, { ...view.table, caption: view.title, dress });
    return view.figure ? painted(view.figure) : EMPTY;
  }

  function draw(view) {
    const none = window.dash_clientside.no_update;
    write("notice", view.notice);
    if (!view.charts) return CHARTS.map(() => none);
    write("window", view.window);
    cards(view.cards);
    crumb(view.drill);
    findings(view.findings || []);
    remember(view.address);
    const figures = CHARTS.map((part) => chart(part, view.charts[part]));
    if (follow && view.drill.product) slot("crumb").scrollIntoView({ behavior: "smooth", block: "center" });
    follow = false;
    return figures;
  }

  // ---- the product table: sorted, filtered and paged by the server
  function list(products) {
    const { columns, rows, found, offset, size, sort, descending, only } = products;
    const state = { sort, descending, only: products.only_key || "", offset };
    const ask = (change) => set("table", { data: { ...state, ...change } });
    const last = Math.min(offset + size, found);
    const step = (label, to, enabled) => {
      const element = make("button", { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: label, disabled: !enabled });
      element.addEventListener("click", () => ask({ offset: to }));
      return element;
    };
    const words = found ? `${(offset + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${found.toLocaleString("en")} products` : "No product fits";
    slot("products.status").replaceChildren(
      make("span", { textContent: only ? `${words}, only: ${only} ` : `${words} ` }),
      ...(only ? [button("Show all", "Show products of every state", () => ask({ only: "", offset: 0 }))] : []),
      make("span", { className: "sg-steps" }, step("Previous", Math.max(0, offset - size), offset > 0), step("Next", offset + size, last < found)),
    );
    const index = columns.findIndex((column) => column.sort === sort);
    const bySort = (chosen) => {
      const column = columns[chosen];
      ask({ sort: column.sort, descending: column.sort === sort ? !descending : column.kind === "number", offset: 0 });
    };
    slot("products.how").replaceChildren(explained(products.how));
    put(slot("products.table"), { columns, rows, caption: "All products", order: { index, descending }, sort: bySort, dress });
    return window.dash_clientside.no_update;
  }

  // ---- clicks on bars, buttons and presets become months and a product, written at once
  function chosen(months, monthly, best, worst, split, product) {
    const none = window.dash_clientside.no_update;
    const { triggered_id: id } = window.dash_clientside.callback_context;
    const hit = { monthly, best, worst, split }[id.split("-").pop()]?.points?.[0]?.customdata;
    if (id.endsWith("-months")) return [months.from ?? none, months.to ?? none, months.product ?? none];
    if (!hit) return [none, none, none];
    if (id.endsWith("-monthly")) return [hit, hit, none];
    if (id.endsWith("-split")) {
      narrow(control("split-by").value, hit);
      return [none, none, none];
    }
    follow = hit !== product;
    return [none, none, follow ? hit : ""];
  }

  document.addEventListener("click", (event) => {
    const preset = event.target.closest("[data-sg-months]");
    if (!preset || !page()?.dataset.sgPage) return;
    const [from, to] = preset.dataset.sgMonths.split("|");
    choose({ from, to });
  });

  window.salesgateParts = { painted, card, explained, EMPTY };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    salesgate: {
      draw: whenThere("sgPage", draw),
      list: whenThere("sgPage", list),
      choose: chosen,
    },
  });
})();
