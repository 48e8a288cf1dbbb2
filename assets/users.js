// Fills the Users page from its stores. What is done to a user is decided, and checked, by the server.
(() => {
  const { make, put, text, key } = window.salesgateTables;
  const slot = (name) => document.querySelector(`[data-sg="users.${name}"]`);
  const set = (part, data) => window.dash_clientside.set_props(`users-${part}`, { data });
  const QUESTIONS = {
    disable: (name) => `Disable ${name}? All their sessions end at once.`,
    end_sessions: (name) => `End all sessions of ${name}?`,
    invite: (name) => `Make a new link for ${name}? It replaces any link made before.`,
  };
  let order = { index: 0, descending: false };

  const wish = (action, id) => set("act", { do: action, id, at: Date.now() });

  function button(label, className, action) {
    const element = make("button", { type: "button", className, textContent: label });
    element.addEventListener("click", action);
    return element;
  }

  function rows(data) {
    const { columns, found, offset, size } = data;
    const dress = { user: (cell) => button(text(cell), "btn btn-link btn-sm sg-choose", () => wish("show", key(cell))) };
    const compare = (a, b) => String(text(a[order.index])).localeCompare(String(text(b[order.index])), "en", { numeric: true });
    const sorted = [...data.rows].sort((a, b) => (order.descending ? compare(b, a) : compare(a, b)));
    const sort = (index) => {
      order = { index, descending: order.index === index && !order.descending };
      rows(data);
    };
    put(slot("table"), { columns, rows: sorted, caption: "Users", order, sort, dress });
    const last = Math.min(offset + size, found);
    const step = (label, to, enabled) => Object.assign(button(label, "btn btn-sm btn-outline-secondary", () => set("paging", to)), { disabled: !enabled });
    slot("status").replaceChildren(
      make("span", { textContent: found ? `${offset + 1}–${last} of ${found} users` : "No user fits" }),
      ...(found > size
        ? [make("span", { className: "sg-steps" }, step("Previous", Math.max(0, offset - size), offset > 0), step("Next", offset + size, last < found))]
        : []),
    );
  }

  function invitation(path) {
    const link = make("input", { className: "form-control form-control-sm", readOnly: true, value: window.location.origin + path, id: "users-link" });
    const label = make("label", { className: "sg-label", htmlFor: "users-link", textContent: "Invitation link" });
    link.addEventListener("focus", () => link.select());
    const copy = button("Copy", "btn btn-sm btn-outline-secondary", () => {
      link.select();
      navigator.clipboard?.writeText(link.value);
    });
    return make("div", {}, label, make("div", { className: "input-group" }, link, copy));
  }

  function user(answer) {
    if (!answer) return;
    const refused = slot("refused");
    refused.textContent = answer.create ? answer.error : "";
    refused.hidden = !answer.create;
    if (answer.create) return;
    if (answer.created) {
      ["username", "email", "first-name", "last-name"].forEach((part) => window.dash_clientside.set_props(`users-${part}`, { value: "" }));
    }
    const place = slot("chosen");
    const note = answer.error || answer.message;
    const notice = note ? [make("div", { className: `alert alert-${answer.error ? "danger" : "success"} mb-0`, textContent: note })] : [];
    if (!answer.user) return place.replaceChildren(...notice);
    const { id, username, facts, offers } = answer.user;
    const list = facts.flatMap(([term, words]) => [make("dt", { textContent: term }), make("dd", { textContent: words })]);
    const act = ([action, label]) =>
      button(label, `btn btn-sm ${action === "disable" ? "btn-outline-danger" : "btn-outline-secondary"}`, () => {
        const question = QUESTIONS[action];
        if (!question || window.confirm(question(username))) wish(action, id);
      });
    return place.replaceChildren(
      make("h2", { className: "h6 mb-0", textContent: username }),
      make("dl", { className: "sg-facts" }, ...list),
      ...notice,
      ...(answer.invitation ? [invitation(answer.invitation)] : []),
      make("div", { className: "sg-presets" }, ...offers.map(act)),
    );
  }

  const whenThere = (work) => (slot("table") ? work() : requestAnimationFrame(() => whenThere(work)));
  Object.assign(window.dash_clientside.salesgate, {
    users: (data) => { whenThere(() => rows(data)); return window.dash_clientside.no_update; },
    user: (answer) => { user(answer); return window.dash_clientside.no_update; },
  });
})();
