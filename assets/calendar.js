// Fills the Calendar page from its stores: the list of holidays, and the two forms to enter days.
(() => {
  const { make, sortable, text, key } = window.salesgateTables;
  const { slot, button, notice, question, callbacks } = window.salesgateAdmin;
  const act = (wish) => window.dash_clientside.set_props("calendar-act", { data: { ...wish, at: Date.now() } });

  function remove(cell) {
    const words = `${text(cell)}, ${key(cell)}`;
    const ask = () => question({ title: `Remove ${words}?`, words: ["The day counts like any other from then on."], yes: "Remove", danger: true }, () => act({ do: "remove", day: key(cell) }));
    const element = button("Remove…", "btn btn-link btn-sm sg-choose", ask);
    element.setAttribute("aria-label", `Remove ${words}`);
    return element;
  }

  const field = (label, input) => make("div", {}, make("label", { className: "sg-label", htmlFor: input.id, textContent: label }), input);
  const input = (id, rest) => make("input", { id, className: "form-control form-control-sm", autocomplete: "off", required: true, ...rest });

  function form(parts, label, wish) {
    const save = make("button", { type: "submit", className: "btn btn-sm btn-primary", textContent: label });
    const element = make("form", { className: "sg-fields" }, ...parts, make("div", {}, save));
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      act(wish());
    });
    return element;
  }

  function adding() {
    const day = input("calendar-day", { type: "date" });
    const name = input("calendar-name", { maxLength: 80 });
    const closed = make("input", { type: "checkbox", className: "form-check-input", id: "calendar-closed" });
    const box = make("div", { className: "form-check" }, closed, make("label", { className: "form-check-label", htmlFor: closed.id, textContent: "Closed: nothing was sold on that day" }));
    return form([field("Day", day), field("Name", name), box], "Add", () => ({ do: "add", day: day.value, name: name.value, closed: closed.checked }));
  }

  function pasting() {
    const lines = make("textarea", { id: "calendar-lines", className: "form-control form-control-sm", rows: 6, required: true, placeholder: "2026-12-25 Christmas Day (closed)" });
    const hint = make("p", { className: "sg-hint mb-0", id: "calendar-lines-hint", textContent: "One day a line: 2026-12-25, a space, the name; (closed) at the end where nobody opened. Either every line is entered or none." });
    lines.setAttribute("aria-describedby", hint.id);
    return form([field("Days", lines), hint], "Enter the list", () => ({ do: "paste", lines: lines.value }));
  }

  function draw({ columns, rows }) {
    const place = slot("calendar.table");
    if (rows.length) sortable(place, { columns, rows, caption: "Holidays", dress: { remove } });
    else place.replaceChildren(make("p", { className: "sg-empty", textContent: "No day is entered yet." }));
    if (!slot("calendar.add").firstChild) {
      slot("calendar.add").append(adding());
      slot("calendar.paste").append(pasting());
    }
  }

  function done(answer) {
    if (!answer) return;
    const said = answer.errors ? notice("", "danger") : notice(answer.message, "success");
    if (answer.errors) said.append(make("ul", { className: "sg-plain mb-0" }, ...answer.errors.map((words) => make("li", { textContent: words }))));
    slot("calendar.said").replaceChildren(said);
    said.scrollIntoView({ block: "nearest" });
    // What was refused stays as it was typed.
    if (answer.do === "add" || answer.do === "paste") slot(`calendar.${answer.do}`).querySelector("form").reset();
  }

  callbacks({ calendar: ["calendar.paste", draw], calendar_done: ["calendar.said", done] });
})();
