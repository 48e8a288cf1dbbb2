// Fills the Users page from its stores. What is done to a user is decided, and checked, by the server.
(() => {
  const { make, text, key } = window.salesgateTables;
  const { slot, button, notice, plain, pages, list, question, address, fresh, callbacks } = window.salesgateAdmin;
  const set = (part, data) => window.dash_clientside.set_props(`users-${part}`, { data });
  const wish = (action, id, more = {}) => set("act", { ...more, do: action, id, at: Date.now() });
  let filters = {};
  let shown = null;
  let drawn = false;

  const remember = () => address({ ...filters, user: shown });
  const choose = (id, label) => button(label, "btn btn-link btn-sm sg-choose", () => wish("show", id));

  function rows(data) {
    const [q, role, state] = data.of;
    filters = { q, role, state };
    const dress = { user: (cell) => choose(key(cell), text(cell)) };
    const none = q || role || state ? "No user fits. Choose other filters." : "There are no users yet.";
    list("users", data, { caption: "Users", noun: ["user", "users"], none, dress, ask: (table) => set("table", table) });
    fresh(data.fresh);
    remember();
  }

  // ---- role requests
  const refuse = (id, username, request) =>
    question(
      {
        title: `Refuse the request of ${username}?`,
        fields: [{ name: "reason", type: "textarea", label: "Reason", required: true, maxLength: 500, rows: 3, hint: "The user reads this in a mail." }],
        yes: "Refuse",
      },
      ({ reason }) => wish("refuse", id, { request, reason, name: username }),
    );

  function decide(id, username, request, role) {
    const yes = button("Approve", "btn btn-sm btn-primary", () => wish("approve", id, { request, name: username }));
    const no = button("Refuse", plain, () => refuse(id, username, request));
    yes.setAttribute("aria-label", `Approve ${role} for ${username}`);
    no.setAttribute("aria-label", `Refuse ${role} for ${username}`);
    return make("span", { className: "sg-presets" }, yes, no);
  }

  function requests(data) {
    slot("users.asking").hidden = data.found === 0;
    slot("users.asked").textContent = data.found === 1 ? "1 person asks for a role" : `${data.found} people ask for a role`;
    const line = ({ id, user, username, name, role, asked, why_not }) =>
      make(
        "li",
        {},
        make("span", {}, choose(user, username), name ? ` (${name})` : "", " asks for ", make("strong", { textContent: role }), make("span", { className: "sg-hint", textContent: ` since ${asked} UTC` })),
        why_not ? make("span", { className: "sg-hint", textContent: why_not }) : decide(user, username, id, role),
      );
    slot("users.requests").replaceChildren(...data.rows.map(line));
    const more = slot("users.more");
    more.hidden = data.found <= data.size;
    pages(more, data, ["request", "requests"], "", (offset) => set("paging", offset));
  }

  // ---- what can be done to the chosen user
  const sure = (title, words, yes, danger = false) => (user, done) => question({ title: title(user.username), words, yes, danger }, done);
  const QUESTIONS = {
    edit: (user, done) =>
      question(
        {
          title: `Edit ${user.username}`,
          fields: [
            { name: "first_name", label: "First name", value: user.first_name, maxLength: 100 },
            { name: "last_name", label: "Last name", value: user.last_name, maxLength: 100 },
            { name: "email", label: "E-mail", type: "email", value: user.email, maxLength: 254, required: true, hint: "A changed address counts at once; both addresses get a notice." },
          ],
          yes: "Save",
        },
        done,
      ),
    role: (user, done) =>
      question(
        {
          title: `Change the role of ${user.username}`,
          fields: [
            {
              name: "role", type: "select", label: "Role", value: user.role,
              options: user.roles.map(([value, name]) => [value, name]),
              hint: (value) => user.roles.find(([role]) => role === value)?.[2],
            },
          ],
          yes: "Change role",
        },
        done,
      ),
    verify: sure((name) => `Mark the mail address of ${name} as verified?`, ["You vouch for the address: links to set a new password are sent there."], "Mark as verified"),
    invite: sure((name) => `Make a new link for ${name}?`, ["It replaces any link that was made before. Whoever has it can set the password, once."], "Make link"),
    end_sessions: sure((name) => `End all sessions of ${name}?`, ["They are signed out everywhere, and can sign in again."], "End sessions"),
    reset_factors: sure((name) => `Take all second factors off ${name}?`, ["For somebody who lost phone and recovery codes. Make sure that it is really them who ask. They are signed out everywhere and told by mail."], "Reset", true),
    lock: sure((name) => `Lock ${name}?`, ["They cannot sign in until somebody takes the lock off. Sessions that are open go on: end them too if you have to."], "Lock", true),
    disable: sure((name) => `Disable ${name}?`, ["All their sessions end at once, and they cannot sign in."], "Disable", true),
    delete: (user, done) =>
      question(
        {
          title: `Delete ${user.username} for good?`,
          words: ["Account, sessions, second factors and requests are gone at once. This cannot be taken back; to keep the account and close it, disable it instead."],
          fields: [{ name: "confirmation", label: `Type ${user.username} to confirm`, match: user.username, required: true }],
          yes: "Delete",
          danger: true,
        },
        done,
      ),
  };

  function offer(user, [action, label]) {
    const danger = action === "disable" || action === "delete";
    const ask = QUESTIONS[action];
    const done = (values) => wish(action, user.id, { ...values, name: user.username });
    return button(ask ? `${label}…` : label, danger ? "btn btn-sm btn-outline-danger" : plain, () => (ask ? ask(user, done) : done()));
  }

  function invitation(path) {
    const link = make("input", { className: "form-control form-control-sm", readOnly: true, value: window.location.origin + path, id: "users-link" });
    const label = make("label", { className: "sg-label", htmlFor: "users-link", textContent: "Invitation link" });
    link.addEventListener("focus", () => link.select());
    const copy = button("Copy", plain, () => {
      link.select();
      navigator.clipboard?.writeText(link.value);
    });
    return make("div", {}, label, make("div", { className: "input-group" }, link, copy));
  }

  function sessions(user) {
    if (!user.sessions.length) return [];
    const line = ({ session, device, where }) => {
      const end = button("End", plain, () => wish("end_one", user.id, { session, name: user.username }));
      end.setAttribute("aria-label", `End the session on ${device}`);
      return make("li", {}, make("span", {}, device, make("span", { className: "sg-hint d-block", textContent: where })), ...(user.may_end ? [end] : []));
    };
    return [make("h3", { className: "h6 mb-0", textContent: "Signed in on" }), make("ul", { className: "sg-people" }, ...user.sessions.map(line))];
  }

  function keys(user) {
    if (!user.keys.length) return [];
    const line = ({ key, name, words, scopes }) => {
      const ask = sure(() => `Revoke the key “${name}” of ${user.username}?`, ["Programs that use it stop working at once."], "Revoke", true);
      const revoke = button("Revoke…", plain, () => ask(user, () => wish("revoke_key", user.id, { key, name: user.username })));
      revoke.setAttribute("aria-label", `Revoke the key ${name}`);
      const hint = (textContent) => make("span", { className: "sg-hint d-block", textContent });
      return make("li", {}, make("span", {}, name, hint(words), hint(`Made for: ${scopes}`)), ...(user.may_revoke ? [revoke] : []));
    };
    return [make("h3", { className: "h6 mb-0", textContent: "API keys" }), make("ul", { className: "sg-people" }, ...user.keys.map(line))];
  }

  function asked(user) {
    if (!user.request) return [];
    const { id, role, asked: since, may_decide } = user.request;
    const words = make("span", {}, "Asks for ", make("strong", { textContent: role }), ` since ${since} UTC`);
    return [make("div", { className: "sg-asked" }, words, ...(may_decide ? [decide(user.id, user.username, id, role)] : []))];
  }

  function about(user, answer) {
    const facts = user.facts.flatMap(([term, words]) => [make("dt", { textContent: term }), make("dd", { textContent: words })]);
    const badge = make("span", { className: `sg-state${user.usable ? "" : " sg-state-shut"}`, textContent: user.state });
    const links = user.links.map(([label, href]) => make("a", { href, textContent: label }));
    return [
      make("div", { className: "sg-chart-head" }, make("h2", { className: "h6 mb-0", textContent: user.username }), badge),
      make("dl", { className: "sg-facts" }, ...facts),
      ...(user.note ? [make("p", { className: "sg-hint", textContent: user.note })] : []),
      ...said(answer),
      ...(answer.invitation ? [invitation(answer.invitation)] : []),
      ...asked(user),
      make("div", { className: "sg-presets" }, ...user.offers.map((one) => offer(user, one))),
      ...sessions(user),
      ...keys(user),
      ...(links.length ? [make("p", { className: "sg-links" }, ...links)] : []),
    ];
  }

  const said = ({ error, message }) => (error ? [notice(error, "danger")] : message ? [notice(message, "success")] : []);

  function user(answer) {
    if (!answer) { drawn = true; return; }
    const refused = slot("users.refused");
    refused.textContent = answer.create ? answer.error : "";
    refused.hidden = !answer.create;
    if (answer.create) return;
    if (answer.created) {
      ["username", "email", "first-name", "last-name"].forEach((part) => window.dash_clientside.set_props(`users-${part}`, { value: "" }));
    }
    const place = slot("users.chosen");
    const other = shown !== (answer.user?.id ?? null);
    shown = answer.user?.id ?? null;
    place.replaceChildren(...(answer.user ? about(answer.user, answer) : said(answer)));
    remember();
    // Below the list on a phone: what was chosen must not stay out of sight, nor out of the keyboard's reach.
    if (other || answer.invitation) place.scrollIntoView({ block: "nearest" });
    if (drawn) place.focus({ preventScroll: true });
    drawn = true;
  }

  callbacks({ users: ["users.table", rows], requests: ["users.requests", requests], user: ["users.chosen", user] });
})();
