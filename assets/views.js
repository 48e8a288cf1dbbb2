// The menu of saved views; loaded when it is opened for the first time.
(() => {
  const { make } = window.salesgateTables;
  const box = () => document.querySelector(".sg-views");
  const panel = () => document.querySelector('[data-sg="views"]');
  const here = () => window.location.pathname + window.location.search;
  const ask = (wish) => window.dash_clientside.set_props("account-views-ask", { data: { ...wish, at: Date.now() } });
  const isOurs = (address) => /^\/(?![/\\])/.test(address);

  function button(label, name, action) {
    const element = make("button", { type: "button", className: "btn btn-sm btn-link", textContent: label });
    if (name) element.setAttribute("aria-label", `${label} ${name}`);
    element.addEventListener("click", action);
    return element;
  }

  // One line of text and what is done with it.
  function form(label, value, words, action) {
    const field = make("input", { type: "text", className: "form-control form-control-sm", value, maxLength: 80, required: true });
    const name = make("label", { className: "sg-label" }, label, field);
    const element = make("form", { className: "sg-views-form" }, name, make("button", { className: "btn btn-sm btn-primary", textContent: words }));
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      action(field.value);
    });
    return [element, field];
  }

  function item(view) {
    const words = view.href && isOurs(view.href) ? make("a", { href: view.href, textContent: view.name }) : make("span", { textContent: view.name });
    const line = make("li", {}, make("span", {}, words, make("small", { textContent: ` ${view.page}` })));
    const rename = () => {
      const [element, field] = form("New name", view.name, "Rename", (name) => ask({ do: "rename", number: view.number, name }));
      line.replaceChildren(element);
      field.focus();
    };
    const remove = () => ask({ do: "remove", number: view.number });
    line.append(make("span", {}, button("Rename", view.name, rename), button("Remove", view.name, remove)));
    return line;
  }

  function draw(answer) {
    const none = window.dash_clientside.no_update;
    if (!panel()) return none;
    const list = answer.views.length ? make("ul", {}, ...answer.views.map(item)) : make("p", { className: "sg-hint", textContent: "No view is saved yet. A view keeps the page and the choices on it, not the figures." });
    const said = make("p", { className: answer.error ? "text-danger mb-0" : "sg-hint", textContent: answer.error || answer.message || "" });
    said.setAttribute("role", "status");
    const [save, field] = form("Save what you see as", "", "Save", (name) => ask({ do: "save", name, address: here() }));
    panel().replaceChildren(make("h2", { className: "h6 mb-0", textContent: "Saved views" }), list, save, said);
    field.focus();
    return none;
  }

  document.addEventListener("click", (event) => {
    if (box()?.open && !event.composedPath().includes(box())) box().open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box()?.open) return;
    box().open = false;
    box().querySelector("summary").focus();
  });

  Object.assign(window.dash_clientside.salesgate, { views: draw });
  ask({ do: "list" });
})();
