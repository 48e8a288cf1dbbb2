// What the admin pages share: places, buttons, pages of a table, questions in a <dialog>, and the address bar.
(() => {
  const { make, put } = window.salesgateTables;
  const slot = (name) => document.querySelector(`[data-sg="${name}"]`);
  const whenThere = (name, work) => (slot(name) ? work() : requestAnimationFrame(() => whenThere(name, work)));
  const plain = "btn btn-sm btn-outline-secondary";

  function button(label, className, action) {
    const element = make("button", { type: "button", className, textContent: label });
    element.addEventListener("click", action);
    return element;
  }

  function notice(words, kind) {
    return make("div", { className: `alert alert-${kind} mb-0`, textContent: words });
  }

  // "1–25 of 80 users", and the way to the pages before and after.
  function pages(place, { found, offset, size }, [one, many], none, go) {
    const last = Math.min(offset + size, found);
    const step = (label, to, enabled) => Object.assign(button(label, plain, () => go(to)), { disabled: !enabled });
    const count = found === 1 ? `1 ${one}` : `${offset + 1}–${last} of ${found.toLocaleString("en")} ${many}`;
    const steps = make("span", { className: "sg-steps" }, step("Previous", Math.max(0, offset - size), offset > 0), step("Next", offset + size, last < found));
    const used = place.contains(document.activeElement) ? document.activeElement.textContent : "";
    place.replaceChildren(make("span", { textContent: found ? count : none }), ...(found > size ? [steps] : []));
    const again = [...place.querySelectorAll("button:enabled")];
    if (used) (again.find((one) => one.textContent === used) || again[0])?.focus();
  }

  // A table that the server sorts: `ask` gets the order and the page that are wanted next.
  function list(page, data, { caption, noun, none, dress, ask }) {
    const wanted = (sort, descending, offset) => ask({ sort, descending, offset, of: data.of });
    const order = { index: data.columns.findIndex((column) => column.sort && column.sort === data.sort), descending: data.descending };
    const sort = (index) => {
      const key = data.columns[index].sort;
      wanted(key, order.index === index && !order.descending, 0);
    };
    put(slot(`${page}.table`), { columns: data.columns, rows: data.rows, caption, order, sort: data.columns.some((c) => c.sort) && sort, dress });
    pages(slot(`${page}.status`), data, noun, none, (offset) => wanted(data.sort, data.descending, offset));
  }

  function control({ name, type = "text", label, value = "", options, hint, match, ...rest }) {
    const id = `ask-${name}`;
    const kinds = { select: "select", textarea: "textarea" };
    const element = make(kinds[type] || "input", { id, name, className: type === "select" ? "form-select form-select-sm" : "form-control form-control-sm", ...rest });
    if (!kinds[type]) element.type = type;
    if (options) element.append(...options.map(([key, words]) => make("option", { value: key, textContent: words })));
    element.value = value;
    element.autocomplete = "off";
    const help = make("p", { className: "sg-hint", id: `${id}-hint` });
    const said = () => { help.textContent = typeof hint === "function" ? hint(element.value) : hint || ""; };
    said();
    element.setAttribute("aria-describedby", help.id);
    const check = () => {
      said();
      if (match) element.setCustomValidity(element.value === match ? "" : `Type ${match} to confirm.`);
    };
    element.addEventListener("input", check);
    check();
    return make("div", {}, make("label", { className: "sg-label", htmlFor: id, textContent: label }), element, help);
  }

  // Asks in a modal dialog; `done` gets the values of its fields when the answer is yes.
  function question({ title, words = [], fields = [], yes, danger = false }, done) {
    const heading = make("h2", { className: "h6 mb-0", id: "ask-title", textContent: title });
    const no = button("Cancel", plain, () => box.close());
    const go = make("button", { type: "submit", className: `btn btn-sm ${danger ? "btn-danger" : "btn-primary"}`, textContent: yes });
    const form = make("form", { method: "dialog" }, heading, ...words.map((line) => make("p", { className: "mb-0", textContent: line })), ...fields.map(control), make("div", { className: "sg-answers" }, no, go));
    const box = make("dialog", { className: "sg-ask" }, form);
    box.setAttribute("aria-labelledby", "ask-title");
    form.addEventListener("submit", () => done(Object.fromEntries(new FormData(form))));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
    (form.querySelector("input, select, textarea") || no).focus();
  }

  // Keeps the choice in the address, so that it can be kept or sent; the way to /confirm leads back to it.
  function address(parameters) {
    const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
    const here = window.location.pathname + (query ? `?${query}` : "");
    if (here !== window.location.pathname + window.location.search) window.history.replaceState(window.history.state, "", here);
    const confirm = slot("confirm");
    if (confirm) confirm.href = `/confirm?next=${encodeURIComponent(here)}`;
  }

  function fresh(is) {
    if (slot("stale")) slot("stale").hidden = is;
  }

  // Callbacks of the browser: name -> [the place that must be there, what to do with the data].
  function callbacks(named) {
    Object.entries(named).forEach(([name, [place, work]]) => {
      window.dash_clientside.salesgate[name] = (...data) => {
        whenThere(place, () => work(...data));
        return window.dash_clientside.no_update;
      };
    });
  }
  window.salesgateAdmin = { slot, button, notice, plain, pages, list, question, address, fresh, callbacks };
})();
