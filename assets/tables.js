// Plain semantic tables out of {columns, rows}; every cell is text or [sort key, text]. Text only: nothing is markup.
(() => {
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const text = (cell) => (Array.isArray(cell) ? cell[1] : cell);
  const key = (cell) => (Array.isArray(cell) ? cell[0] : cell);

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  }

  function cellOf(column, cell, dress) {
    const element = make("td", { className: `sg-cell-${column.kind}` });
    // Said beside the cell where rows are stacked.
    element.dataset.label = column.label;
    const dressed = dress[column.kind];
    element.append(dressed ? dressed(cell) : text(cell));
    return element;
  }

  // order: {index, descending}; sort(index) is called by a header's button, which a column marked `fixed` has not.
  // dress: kind -> (cell) -> node.
  function table({ columns, rows, caption, order, sort, dress = {} }) {
    const head = make("tr");
    columns.forEach((column, index) => {
      const cell = make("th", { scope: "col", className: `sg-cell-${column.kind}` });
      head.append(cell);
      if (!sort || column.fixed) return cell.append(column.label);
      const sorted = order && order.index === index;
      cell.setAttribute("aria-sort", sorted ? (order.descending ? "descending" : "ascending") : "none");
      const button = make("button", { type: "button", className: "sg-sort", textContent: column.label });
      button.addEventListener("click", () => sort(index));
      return cell.append(button);
    });
    const body = rows.map((row) => make("tr", {}, ...row.map((cell, i) => cellOf(columns[i], cell, dress))));
    return make(
      "table",
      { className: "table table-sm align-middle mb-0" },
      make("caption", { className: "visually-hidden", textContent: caption }),
      make("thead", {}, head),
      make("tbody", {}, ...body),
    );
  }

  // Replaces what stands in `place`, and keeps the keyboard on the header that was used.
  function put(place, description) {
    const headers = [...place.querySelectorAll(".sg-sort")];
    const used = headers.indexOf(document.activeElement);
    place.replaceChildren(table(description));
    if (used >= 0) place.querySelectorAll(".sg-sort")[used]?.focus();
  }

  // A table that has all its rows here and sorts them itself.
  function sortable(place, { columns, rows, caption, dress }) {
    let order = null;
    const show = () => {
      const by = order && columns[order.index].kind === "product" ? text : key;
      const sorted = order ? [...rows].sort((a, b) => compare(by(a[order.index]), by(b[order.index]))) : rows;
      if (order?.descending) sorted.reverse();
      put(place, { columns, rows: sorted, caption, order, sort, dress });
    };
    const sort = (index) => {
      order = { index, descending: order?.index === index ? !order.descending : columns[index].kind === "number" };
      show();
    };
    show();
  }

  window.salesgateTables = { make, put, sortable, text, key };
})();
