// Fills a sales page from its stores: cards, charts, tables, words, and the address bar.
(() => {
  const { make, put, sortable, text, key } = window.salesgateTables;
  const EMPTY = { data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false } } };
  const CHARTS = ["monthly", "best", "worst", "split"];
  const page = () => document.querySelector(".sg-page[data-sg-page]");
  const slot = (name) => page()?.querySelector(`[data-sg="${name}"]`);
  const set = (part, props) => window.dash_clientside.set_props(`${page().dataset.sgPage}-${part}`, props);

  function write(name, words) {
    const place = slot(name);
    if (!place) return;
    place.textContent = words || "";
    place.hidden = !words;
  }

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
      data: figure.data.map((trace) => ({ ...trace, marker: colour(trace.marker) })),
      layout: { ...figure.layout, ...colour({ font: figure.layout.font, hoverlabel: figure.layout.hoverlabel }), ...axes(figure, colour) },
    };
  }

  function axes({ layout }, colour) {
    return { xaxis: colour(layout.xaxis), yaxis: colour(layout.yaxis) };
  }

  // ---- the address bar: each choice is a step that the browser's back button takes back
  let drawnOn = null;
  function remember(address) {
    const same = address === window.location.pathname + window.location.search;
    if (!same && drawnOn === page()) window.history.pushState(null, "", address);
    else if (!same) window.history.replaceState(window.history.state, "", address);
    drawnOn = page();
  }
  window.addEventListener("popstate", () => {
    if (page()) window.location.reload();
  });

  // ---- choosing a month or a product, by bar or by button
  let follow = false;
  const choose = (choice) => {
    follow = Boolean(choice.product);
    set("months", { data: { ...choice, at: Date.now() } });
  };

  function button(label, title, action) {
    const element = make("button", { type: "button", className: "btn btn-link btn-sm sg-choose", textContent: label, title });
    element.addEventListener("click", action);
    return element;
  }

  const dress = {
    month: (cell) => button(text(cell), "Show this month", () => choose({ from: key(cell), to: key(cell) })),
    product: (cell) => button(text(cell), "Follow this product", () => choose({ product: key(cell) })),
  };

  // ---- parts of the page
  function cards(list) {
    const change = ({ figure, words, tone }) =>
      make(
        "p",
        { className: "sg-change" },
        ...(figure ? [make("span", { className: `sg-figure sg-${tone}`, textContent: figure }), " "] : []),
        make("span", { textContent: words }),
      );
    const card = ({ label, value, unit, changes }) =>
      make(
        "article",
        { className: "card card-body sg-card" },
        make("h2", { className: "sg-card-label", textContent: label }),
        make("p", { className: "sg-value" }, value, ...(unit ? [make("span", { className: "sg-unit", textContent: ` ${unit}` })] : [])),
        ...changes.map(change),
      );
    slot("cards").replaceChildren(...list.map(card));
  }

  function crumb(drill) {
    const place = slot("crumb");
    place.hidden = !drill;
    if (!drill) return place.replaceChildren();
    const back = button("All products", "Back to all products", () => choose({ product: "" }));
    const name = make("strong", { textContent: drill.name });
    return place.replaceChildren(back, make("span", { textContent: " › " }), name, make("span", { className: "sg-hint", textContent: ` ${drill.product}` }));
  }

  function leftOut(part, reasons) {
    const place = slot(`${part}.left_out`);
    if (!reasons?.length) return place.replaceChildren();
    const show = (reason) => () => {
      set("table", { data: { only: reason.key } });
      const table = document.getElementById(`${page().dataset.sgPage}-all`);
      table.scrollIntoView({ behavior: "smooth" });
      table.focus({ preventScroll: true });
    };
    const buttons = reasons.map((reason) => button(reason.text, "List these products", show(reason)));
    return place.replaceChildren(make("span", { textContent: "Left out: " }), ...buttons);
  }

  function chart(part, view) {
    const plot = slot(`${part}.plot`);
    plot.hidden = !view.figure;
    plot.setAttribute("aria-label", view.label);
    if (view.figure) plot.style.height = `${view.figure.layout.height}px`;
    write(`${part}.title`, view.title);
    write(`${part}.empty`, view.empty);
    write(`${part}.note`, view.note);
    leftOut(part, view.left_out);
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
    remember(window.location.pathname + (view.address ? `?${view.address}` : ""));
    const figures = CHARTS.map((part) => chart(part, view.charts[part]));
    if (follow && view.drill) slot("crumb").scrollIntoView({ behavior: "smooth", block: "center" });
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
    put(slot("products.table"), { columns, rows, caption: "All products", order: { index, descending }, sort: bySort, dress });
  }

  // ---- clicks on bars, buttons and presets become months and a product, written at once
  function chosen(months, monthly, best, worst, product) {
    const none = window.dash_clientside.no_update;
    const { triggered_id: id } = window.dash_clientside.callback_context;
    const hit = { monthly, best, worst }[id.split("-").pop()]?.points?.[0]?.customdata;
    if (id.endsWith("-months")) return [months.from ?? none, months.to ?? none, months.product ?? none];
    if (!hit) return [none, none, none];
    if (id.endsWith("-monthly")) return [hit, hit, none];
    follow = hit !== product;
    return [none, none, follow ? hit : ""];
  }

  document.addEventListener("click", (event) => {
    const preset = event.target.closest("[data-sg-months]");
    if (!preset) return;
    const [from, to] = preset.dataset.sgMonths.split("|");
    choose({ from, to });
  });

  // Components may not be in the page yet when Dash calls: the first call waits for the next frame.
  const whenThere = (work) => (page() ? work() : requestAnimationFrame(() => whenThere(work)));

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    salesgate: {
      draw: (view) => (page() ? draw(view) : new Promise((resolve) => { whenThere(() => resolve(draw(view))); })),
      list: (products) => { whenThere(() => list(products)); return window.dash_clientside.no_update; },
      choose: chosen,
    },
  });
})();
