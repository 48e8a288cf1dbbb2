// Fills the Roles page from its stores: the list, the editor, what one user can see, and the matrix.
(() => {
  const { make, put, text, key } = window.salesgateTables;
  const { slot, button, notice, plain, question, address, fresh, callbacks } = window.salesgateAdmin;
  const set = (part, data) => window.dash_clientside.set_props(`roles-${part}`, { data });
  let all = {};
  let offers = null;
  let opened = "";
  let user = null;
  let said = null;
  let refused = false;

  const remember = () => address({ role: opened, user });
  const open = (role) => {
    opened = role;
    said = null;
    editor();
    slot("roles.editor").scrollIntoView({ block: "nearest" });
    slot("roles.editor").focus({ preventScroll: true });
  };

  function draw(data, offered) {
    all = data.list.roles;
    if (!offers) {
      offers = offered;
      opened = all[offered.open] ? offered.open : "";
      slot("roles.new").replaceChildren(button("New role", plain, () => open("")));
    }
    const dress = {
      role: (cell) => button(text(cell), "btn btn-link btn-sm sg-choose", () => open(key(cell))),
      holders: (cell) => (data.list.leads ? make("a", { href: `/users?role=${encodeURIComponent(key(cell))}`, textContent: text(cell) }) : text(cell)),
    };
    put(slot("roles.table"), { columns: data.list.columns, rows: data.list.rows, caption: "Roles", dress });
    matrix(data.matrix);
    fresh(data.fresh);
    if (!refused) editor(); // what was typed stays where it was refused
    refused = false;
  }

  // ---- the editor
  const line = (id, label, value, rest = {}) => [
    make("label", { className: "sg-label", htmlFor: id, textContent: label }),
    make("input", { className: "form-control form-control-sm", id, value, autocomplete: "off", ...rest }),
  ];

  function rights(role) {
    const box = ([value, meaning]) => {
      const id = `role-${value}`;
      const input = make("input", { type: "checkbox", className: "form-check-input", id, value, checked: role.permissions.includes(value) });
      return make("div", { className: "form-check" }, input, make("label", { className: "form-check-label", htmlFor: id, textContent: meaning }));
    };
    const groups = [...new Set(offers.permissions.map(([, , group]) => group))];
    return groups.map((group) =>
      make("fieldset", { className: "sg-boxes" }, make("legend", { className: "sg-label", textContent: group }), ...offers.permissions.filter(([, , of]) => of === group).map(box)),
    );
  }

  function scope(role, [name, plural]) {
    const values = role.scope[name];
    const only = make("textarea", { className: "form-control form-control-sm", id: `scope-${name}`, rows: 3, value: (values || []).join("\n") });
    const hint = make("p", { className: "sg-hint", id: `scope-${name}-hint`, textContent: "One a line, written as in the sales data. Nothing written: no row at all." });
    only.setAttribute("aria-label", `Only these ${plural}`);
    only.setAttribute("aria-describedby", hint.id);
    const show = (is) => { only.hidden = hint.hidden = !is; };
    const choice = (value, label, checked) => {
      const id = `scope-${name}-${value}`;
      const input = make("input", { type: "radio", className: "form-check-input", name: `scope-${name}`, id, value, checked });
      input.addEventListener("change", () => show(value === "some"));
      return make("div", { className: "form-check form-check-inline" }, input, make("label", { className: "form-check-label", htmlFor: id, textContent: label }));
    };
    show(Boolean(values));
    return make("fieldset", { className: "sg-boxes" }, make("legend", { className: "sg-label", textContent: plural[0].toUpperCase() + plural.slice(1) }), make("div", {}, choice("all", "all", !values), choice("some", "only these", Boolean(values))), only, hint);
  }

  function wanted(form, role) {
    const limits = offers.dimensions.map(([name]) => {
      const some = form.querySelector(`#scope-${name}-some`).checked;
      return [name, some ? form.querySelector(`#scope-${name}`).value.split("\n") : null];
    });
    return {
      do: "save",
      new: !role.key,
      key: role.key || form.querySelector("#role-key").value,
      name: form.querySelector("#role-name").value,
      permissions: [...form.querySelectorAll("[type=checkbox]:checked")].map((box) => box.value),
      scope: Object.fromEntries(limits),
      at: Date.now(),
    };
  }

  function remove(role) {
    const words = [role.holders ? "Somebody still has this role: give them another one first." : "Nobody has it. What was done with it stays in the audit log."];
    question({ title: `Remove the role ${role.name}?`, words, yes: "Remove", danger: true }, () => set("act", { do: "remove", key: role.key, at: Date.now() }));
  }

  function form(role) {
    const name = line("role-name", "Name", role.name, { required: true, maxLength: 100 });
    const hint = make("p", { className: "sg-hint", textContent: "Small letters, digits and _; left empty, it is made from the name." });
    const named = role.key ? [] : [...line("role-key", "Key", "", { maxLength: 64, pattern: "[a-z][a-z0-9_]{1,63}", title: "Small letters, digits and _, beginning with a letter" }), hint];
    const save = make("button", { type: "submit", className: "btn btn-sm btn-primary", textContent: role.key ? "Save role" : "Make role" });
    const drop = role.key ? [button("Remove…", "btn btn-sm btn-outline-danger", () => remove(role))] : [];
    const rows = make("p", { className: "sg-hint", textContent: "Which rows of the sales data the role sees; this matters only with a right to figures." });
    const box = make("form", { className: "sg-fields" }, ...name, ...named, ...rights(role), rows, ...offers.dimensions.map((one) => scope(role, one)), make("div", { className: "sg-presets" }, save, ...drop));
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      set("act", wanted(box, role));
    });
    return box;
  }

  function editor() {
    const role = all[opened] || { key: "", name: "", permissions: [], scope: {}, own: true };
    const heading = make("h2", { className: "h6 mb-0", textContent: role.key ? role.name : "New role" });
    const told = make("div", { role: "status", className: "sg-fields" }, ...(said ? [said] : []));
    told.dataset.sg = "roles.said";
    const fixed = () => make("p", { className: "mb-0", textContent: role.words });
    const why = () => make("p", { className: "sg-hint", textContent: "This role is not made here, so it cannot be changed here." });
    slot("roles.editor").replaceChildren(heading, ...(role.own ? [form(role)] : [fixed(), why()]), told);
    if (said) told.scrollIntoView({ block: "nearest" });
    remember();
  }

  function done(answer) {
    if (!answer) return;
    refused = Boolean(answer.error);
    said = answer.error ? notice(answer.error, "danger") : notice(answer.message, "success");
    if (refused) slot("roles.said").replaceChildren(said);
    else opened = answer.key;
  }

  // ---- what one user can see
  function explained({ id, username, role, state, usable, scope: rows, groups }) {
    const fact = (term, words) => [make("dt", { textContent: term }), make("dd", { textContent: words })];
    const thing = ([name, reason]) => make("li", {}, name, make("span", { className: "sg-hint", textContent: ` ${reason}` }));
    const group = ([name, all]) => [make("dt", { textContent: name }), make("dd", {}, all.length ? make("ul", { className: "sg-plain" }, ...all.map(thing)) : "none")];
    const shut = usable ? [] : [notice(`This account is not in use (${state}): nothing is open to it until that changes.`, "warning")];
    return [
      make("h3", { className: "h6 mb-0" }, make("a", { href: `/users?user=${id}`, textContent: username })),
      ...shut,
      make("dl", { className: "sg-facts" }, ...fact("Role", role), ...fact("State", state), ...fact("Rows", rows), ...groups.flatMap(group)),
    ];
  }

  function found(answer) {
    if (!answer) return;
    const place = slot("roles.user");
    user = answer.user?.id ?? null;
    remember();
    if (answer.error) return place.replaceChildren(notice(answer.error, "info"));
    if (answer.user) return place.replaceChildren(...explained(answer.user));
    if (!answer.matches) return place.replaceChildren();
    const pick = ([id, username, name]) => make("li", {}, button(username, "btn btn-link btn-sm sg-choose", () => set("user", { id, at: Date.now() })), name ? ` ${name}` : "");
    const words = answer.found > answer.matches.length ? `The first ${answer.matches.length} of ${answer.found} users that fit:` : answer.found ? "Choose one:" : "No user fits.";
    return place.replaceChildren(make("p", { className: "sg-hint", textContent: words }), make("ul", { className: "sg-plain" }, ...answer.matches.map(pick)));
  }

  // ---- the matrix
  function matrix({ roles, rows }) {
    const head = (words, small) => make("th", { scope: "col" }, words, make("span", { className: "sg-hint d-block fw-normal", textContent: small }));
    const top = make("tr", {}, make("th", { scope: "col", textContent: "What" }), ...roles.map((role) => head(role.name, `${role.holders} ${role.holders === 1 ? "user" : "users"}`)));
    const cell = (yes, i, row) => {
      const words = yes ? "yes" : "no";
      return make("td", { className: yes ? "sg-yes" : "sg-no", title: `${roles[i].name}: ${yes ? `yes, by ${row.reason}` : `no, lacks ${row.reason}`}`, textContent: words });
    };
    const line = (row) =>
      make(
        "tr",
        {},
        row.note
          ? make("th", { scope: "row" }, row.note, make("code", { textContent: row.name }))
          : make("th", { scope: "row" }, row.name, make("code", { textContent: row.reason })),
        ...row.cells.map((yes, i) => cell(yes, i, row)),
      );
    const seen = make("tr", {}, make("th", { scope: "row", textContent: "Rows" }), ...roles.map((role) => make("td", { textContent: role.scope })));
    const groups = [...new Set(rows.map((row) => row.group))].map((group) => {
      const title = make("tr", {}, make("th", { scope: "rowgroup", colSpan: roles.length + 1, className: "sg-group", textContent: group }));
      return make("tbody", {}, title, ...rows.filter((row) => row.group === group).map(line), ...(group === "Figures" ? [seen] : []));
    });
    const caption = make("caption", { className: "visually-hidden", textContent: "Who can see what, by role" });
    slot("roles.matrix").replaceChildren(make("table", { className: "table table-sm align-middle mb-0" }, caption, make("thead", {}, top), ...groups));
  }

  callbacks({ roles: ["roles.table", draw], role_done: ["roles.editor", done], role_found: ["roles.user", found] });
})();
