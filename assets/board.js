// Fills a board from its store: cards, charts, tables and words; clicks on bars follow the address behind them.
(() => {
  const { make, put, sortable, text, key } = window.salesgateTables;
  const { painted, card, explained, EMPTY } = window.salesgateParts;
  const { page, id, slot, set, write, remember, filters, whenThere } = window.salesgatePage;
  let view = null;

  // ---- links: only to pages of this site
  const isOurs = (address) => /^\/(?![/\\])/.test(address);
  function link(address, words) {
    if (!isOurs(address)) return make("span", { textContent: words });
    return make("a", { href: address, textContent: words });
  }
  const productAddress = (code) => `/product?${new URLSearchParams([["product", code], ...filters()])}`;
  const dress = {
    link: (cell) => link(key(cell), text(cell)),
    product: (cell) => link(productAddress(key(cell)), text(cell)),
  };

  // ---- tables that the server sorts, filters and pages
  const states = {};
  function ask(part, change) {
    const { sort, descending, only_key: only, offset } = view.parts[part].pages;
    const search = page().querySelector(`[data-sg-search="${part}"] input`)?.value || "";
    states[part] = { sort, descending, only: only || "", offset, search, ...change };
    set("tables", { data: { ...states, at: view.at, asked: Date.now() } });
  }

  function chips(part, { filters, only_key: only }) {
    const place = slot(`${part}.filters`);
    const all = filters?.length ? [{ key: "", text: "All" }, ...filters] : [];
    place.replaceChildren(
      ...all.map((filter) => {
        const element = make("button", { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: filter.text });
        element.setAttribute("aria-pressed", String(filter.key === (only || "")));
        element.addEventListener("click", () => ask(part, { only: filter.key, offset: 0 }));
        return element;
      }),
    );
  }

  function steps(part, { found, offset, size, only }) {
    const step = (label, to, enabled) => {
      const element = make("button", { type: "button", className: "btn btn-sm btn-outline-secondary", textContent: label, disabled: !enabled });
      element.addEventListener("click", () => ask(part, { offset: to }));
      return element;
    };
    const last = Math.min(offset + size, found);
    const count = (number) => number.toLocaleString("en");
    const words = found ? `${count(offset + 1)}–${count(last)} of ${count(found)}` : "None";
    slot(`${part}.status`).replaceChildren(
      make("span", { textContent: only ? `${words}, only: ${only} ` : `${words} ` }),
      ...(found > size ? [make("span", { className: "sg-steps" }, step("Previous", Math.max(0, offset - size), offset > 0), step("Next", offset + size, last < found))] : []),
    );
  }

  function paged(part, { table, pages, title }) {
    const place = slot(`${part}.table`);
    chips(part, pages);
    steps(part, pages);
    const index = table.columns.findIndex((column) => column.sort && column.sort === pages.sort);
    const columns = table.columns.map((column) => ({ ...column, fixed: !column.sort }));
    const sort = (chosen) => {
      const column = columns[chosen];
      const same = column.sort === pages.sort;
      ask(part, { sort: column.sort, descending: same ? !pages.descending : column.kind === "number", offset: 0 });
    };
    put(place, { columns, rows: table.rows, caption: title, order: { index, descending: pages.descending }, sort, dress });
  }

  // ---- the kinds of blocks
  function shared(part, content) {
    if (content.title) write(`${part}.title`, content.title);
    write(`${part}.empty`, content.empty);
    write(`${part}.note`, content.note);
    slot(`${part}.how`)?.replaceChildren(...(content.how ? [explained(content.how)] : []));
  }

  const kinds = {
    cards: (part, list) => {
      slot(part).replaceChildren(
        ...list.map((one) => {
          const element = card(one);
          if (one.href) element.append(make("p", { className: "sg-card-link" }, link(one.href, one.link || "Show")));
          return element;
        }),
      );
    },
    words: (part, content) => {
      if (content.title) write(`${part}.title`, content.title);
      const items = content.items.map((item) => make("li", {}, item.href ? link(item.href, item.text) : item.text));
      slot(`${part}.items`).replaceChildren(...items);
    },
    table: (part, content) => {
      shared(part, content);
      const place = slot(`${part}.table`);
      if (!content.table) place.replaceChildren();
      else if (content.pages) paged(part, content);
      else sortable(place, { ...content.table, caption: content.title || "", dress });
    },
    chart: (part, content) => {
      shared(part, content);
      const plot = slot(`${part}.plot`);
      plot.hidden = !content.figure;
      plot.setAttribute("aria-label", content.label || content.title || "");
      if (content.figure) plot.style.height = `${content.figure.layout.height}px`;
      slot(`${part}.details`).hidden = !content.table;
      if (content.table) sortable(slot(`${part}.table`), { ...content.table, caption: content.title || "", dress });
    },
  };

  const kindOf = (place) => {
    if (place.classList.contains("sg-cards")) return "cards";
    if (place.querySelector(".sg-findings")) return "words";
    return place.tagName === "FIGURE" ? "chart" : "table";
  };

  function drawn(next) {
    const charts = page().dataset.sgCharts.split(" ").filter(Boolean);
    const none = window.dash_clientside.no_update;
    write("notice", next.notice);
    if (!next.parts) return [none, ...charts.map(() => none)];
    const opened = !view;
    view = next;
    write("window", next.window);
    remember(next.address);
    for (const place of page().querySelectorAll("[data-sg]")) {
      const part = place.dataset.sg;
      if (part.includes(".") || !["SECTION", "FIGURE"].includes(place.tagName)) continue;
      const content = next.parts[part];
      place.hidden = !content || (Array.isArray(content) && !content.length);
      if (content) kinds[kindOf(place)](part, content);
    }
    // An address that filters a table leads to it.
    const filtered = opened && Object.keys(next.parts).find((part) => next.parts[part]?.pages?.only_key);
    if (filtered) slot(filtered).scrollIntoView();
    return [none, ...charts.map((part) => (next.parts[part]?.figure ? painted(next.parts[part].figure) : EMPTY))];
  }

  function follow(...clicks) {
    const none = window.dash_clientside.no_update;
    const { triggered_id: triggered } = window.dash_clientside.callback_context;
    const charts = page().dataset.sgCharts.split(" ").filter(Boolean);
    const address = clicks[charts.findIndex((part) => id(`${part}-chart`) === triggered)]?.points?.[0]?.customdata;
    if (typeof address === "string" && isOurs(address)) window.location.assign(address);
    return none;
  }

  document.addEventListener("click", (event) => {
    const preset = event.target.closest("[data-sg-months]");
    if (!preset || !page()?.dataset.sgBoard) return;
    const [from, to] = preset.dataset.sgMonths.split("|");
    set("from", { value: from });
    set("to", { value: to });
  });

  let waiting = 0;
  document.addEventListener("input", (event) => {
    const part = event.target.closest("[data-sg-search]")?.dataset.sgSearch;
    if (!part || !view?.parts[part]?.pages) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(part, { offset: 0 }), 350);
  });

  Object.assign(window.dash_clientside.salesgate, {
    board: whenThere("sgBoard", drawn),
    follow,
  });
})();
