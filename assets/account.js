// Fills the Account page from its stores and sends what is asked for. Whatever is decided is decided by the server.
(() => {
  const { make } = window.salesgateTables;
  const { slot, button, notice, plain, pages, question, callbacks } = window.salesgateAdmin;
  const NUMERIC = /^\[|^\d+(\.\d+){3}$/;
  const own = (name) => slot(`account.${name}`);
  const set = (part, properties) => window.dash_clientside.set_props(`account-${part}`, properties);
  const wish = (card, what, more = {}) => set(`${card}-act`, { data: { do: what, ...more, at: Date.now() } });
  const turn = (offset) => set("events-paging", { data: { offset, at: Date.now() } });
  const clear = (...parts) => parts.forEach((part) => set(part, { value: "" }));
  const field = (part) => document.getElementById(`account-${part}`);
  const when = (iso) => {
    const moment = new Date(iso);
    const words = moment.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
    return make("time", { dateTime: iso, textContent: words, title: `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC` });
  };

  // What came of the last wish, at the card that it was made on.
  function say(card, answer) {
    const words = answer && (answer.error || answer.message);
    if (words === undefined) return;
    own(`${card}.note`).replaceChildren(notice(words, answer.error ? "danger" : "success"));
  }

  function busy(element, is) {
    element.setAttribute("aria-busy", String(is));
    element.disabled = is;
  }

  const settle = () => document.querySelectorAll("[data-sg-page=account] button[aria-busy=true]").forEach((one) => busy(one, false));

  // After a change other cards have something new to show as well.
  function refresh(...cards) {
    cards.forEach((card) => (card === "events" ? turn(0) : wish(card, "show")));
  }

  function act(label, action, look = plain) {
    const element = button(label, look, () => { busy(element, true); action(); });
    return element;
  }

  const sure = (ask, action) => () => question({ yes: "Remove", danger: true, ...ask }, action);
  const row = (title, hint, ...actions) => make("li", {},
    make("div", {}, make("span", { className: "sg-row-title" }, ...title), make("span", { className: "sg-hint" }, ...hint)),
    make("div", { className: "sg-presets" }, ...actions));
  const badge = (on, words = on ? "On" : "Off") => make("span", { className: `sg-badge${on ? " sg-badge-on" : ""}`, textContent: words });

  /* Names, mail, role, password */

  // Dash's inputs take no such attribute.
  function describe() {
    document.querySelectorAll("[data-sg-page=account] .sg-hint[id]").forEach((hint) => {
      document.getElementById(hint.id.replace(/-hint$/, "")).setAttribute("aria-describedby", hint.id);
    });
  }

  function profile(answer) {
    describe();
    say("profile", answer);
    if (!answer || answer.error) return;
    const name = document.querySelector(".sg-who")?.firstChild;
    if (name) name.textContent = answer.name;
    refresh("events");
  }

  function mail(answer) {
    say("mail", answer);
    if (!answer || !answer.done) return;
    clear("email");
    refresh("events");
  }

  function request(answer) {
    say("request", answer);
    if (!answer || answer.error) return;
    const open = answer.state === "open";
    const withdraw = act("Withdraw the request", () => wish("request", "withdraw"));
    own("request.state").replaceChildren(
      ...(answer.words ? [make("p", { className: "mb-1", textContent: answer.words })] : []),
      ...(answer.reason ? [make("p", { className: "sg-hint", textContent: `Reason: ${answer.reason}` })] : []),
      ...(open ? [withdraw] : []),
    );
    if (answer.of) refresh("events");
  }

  function password(answer) {
    say("password", answer);
    if (!answer || !answer.done) return;
    clear("current", "new", "again");
    own("strength")?.replaceChildren();
    refresh("sessions", "events");
  }

  /* Second factors */

  let offer = null; // token of the app that is being set up
  let shortest = 0; // characters of a new password

  // The notice in the shell leads to this card, which stands far down on a phone.
  function jump() {
    if (window.location.hash === "#factors") own("factors").closest("section").scrollIntoView();
  }

  function factors(answer) {
    if (!answer) return;
    if (answer.of !== "show") say("factors", answer);
    if (answer.offer) return enrol(answer.offer);
    if (answer.error) return;
    if (answer.of !== "show") enrolled();
    shortest = answer.shortest;
    if (!answer.of) jump();
    if (answer.any) document.querySelectorAll('[data-sg="shell.due"]').forEach((one) => { one.hidden = true; });
    const locked = !answer.fresh;
    const may = (...list) => list.map((one) => Object.assign(one, { disabled: locked }));
    const offered = (method) => answer.methods.includes(method);
    const rows = [];
    if (answer.totp || offered("totp")) rows.push(row(["Authenticator app ", badge(answer.totp)], ["Codes from an app on your phone. Works without a network."],
      ...may(...(offered("totp") ? [act(answer.totp ? "Replace" : "Set up", () => wish("factors", "offer_totp"))] : []),
        ...(answer.totp ? [button("Remove", plain, sure({ title: "Remove the authenticator app?", words: ["Its codes will not work any more."] }, () => wish("factors", "remove_totp")))] : []))));
    if (answer.mail || offered("mail")) rows.push(row(["Codes by mail ", badge(answer.mail)], ["A code to your mail address at each sign-in. Weaker than an app or a passkey."],
      ...may(answer.mail
        ? button("Turn off", plain, sure({ title: "Turn codes by mail off?", yes: "Turn off" }, () => wish("factors", "mail_off")))
        : act("Turn on", () => wish("factors", "mail_on")))));
    if (answer.any) {
      const few = answer.codes_left < 3;
      rows.push(row(["Recovery codes ", badge(!few, `${answer.codes_left} left`)], ["Each gets you in once, when your phone is lost."],
        ...may(button("Make new ones", plain, sure({ title: "Make ten new recovery codes?", words: ["The codes you have now will not work any more."], yes: "Make new ones", danger: false }, () => wish("factors", "new_codes"))))));
    }
    if (answer.required) rows.push(make("li", { className: "sg-hint", textContent: "Your role needs a second factor, so the last one cannot be removed." }));
    own("factors").replaceChildren(...rows);
    codes(answer.codes);
    if (answer.of && answer.of !== "show") refresh("sessions", "events");
  }


  function enrol({ secret, qr, pending }) {
    offer = pending;
    const grouped = secret.match(/.{1,4}/g).join(" ");
    own("offer").replaceChildren(
      make("img", { className: "sg-qr", src: qr, alt: "QR code for the authenticator app" }),
      make("div", {},
        make("p", { textContent: "Scan this with your authenticator app, then enter the code that it shows." }),
        make("p", { className: "sg-hint" }, "No camera? Type this key into the app:", make("code", { className: "sg-secret", textContent: grouped }))),
    );
    own("enrolling").hidden = false;
    clear("code");
    field("code").focus();
  }

  // Nothing of a secret stays in the page or its stores once it is done with.
  function enrolled() {
    offer = null;
    own("offer").replaceChildren();
    if (!own("enrolling").hidden) clear("code");
    own("enrolling").hidden = true;
  }

  function cancel() {
    enrolled();
    own("factors.note").replaceChildren();
    set("factors", { data: null });
  }

  function codes(list) {
    const place = own("codes");
    if (!list || !list.length) return;
    const all = list.join("\n");
    const copy = button("Copy", plain, () => navigator.clipboard.writeText(all).then(() => { copy.textContent = "Copied"; }));
    const download = button("Download", plain, () => {
      const url = URL.createObjectURL(new Blob([`Recovery codes, each good for one sign-in:\n\n${all}\n`], { type: "text/plain" }));
      make("a", { href: url, download: "recovery-codes.txt" }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
    const done = button("I have kept them", "btn btn-sm btn-primary", () => {
      place.replaceChildren();
      place.hidden = true;
      own("factors.note").replaceChildren();
    });
    place.replaceChildren(
      make("h3", { className: "sg-row-title mb-0", textContent: "Your recovery codes", tabIndex: -1 }),
      make("p", { className: "sg-hint", textContent: "They are shown only now. Keep them where you find them without your phone." }),
      make("ol", { className: "sg-codes" }, ...list.map((code) => make("li", {}, make("code", { textContent: code })))),
      make("div", { className: "sg-presets" }, ...(navigator.clipboard ? [copy] : []), download, done),
    );
    place.hidden = false;
    place.querySelector("h3").focus();
    set("factors", { data: null });
    set("passkeys", { data: null });
  }

  /* Passkeys */

  function passkeys(answer) {
    if (!answer) return;
    say("passkeys", answer);
    if (answer.options) return create(answer);
    if (answer.error) return;
    const name = (one) => row([one.name], one.used ? ["Last used ", when(one.used)] : ["Made ", when(one.made), ", never used"],
      Object.assign(button("Remove", plain, sure({ title: `Remove the passkey “${one.name}”?`, words: ["It will not sign you in any more."] }, () => wish("passkeys", "remove", { id: one.id }))), { disabled: !answer.fresh }));
    own("passkeys").replaceChildren(...(answer.passkeys.length ? answer.passkeys.map(name) : [make("li", { className: "sg-hint", textContent: "You have none yet." })]));
    const works = answer.offered && window.salesgatePasskeys?.supported();
    document.querySelector('[data-sg-form="passkey"]').hidden = !works;
    own("unsupported").hidden = works;
    own("unsupported").textContent = whyNot(answer.offered);
    codes(answer.codes);
    if (answer.of) refresh("factors", "sessions", "events");
  }

  function whyNot(offered) {
    if (NUMERIC.test(window.location.hostname)) return "You opened this site by a numeric address. Passkeys need its name: ask an Admin for it, and open the site by that.";
    return offered ? "This browser cannot make a passkey here. Use a newer one, or open the site by https." : "Passkeys are not offered on this site.";
  }

  async function create({ options, pending }) {
    try {
      wish("passkeys", "keep", { pending, response: await window.salesgatePasskeys.create(options) });
    } catch (error) {
      say("passkeys", { error: window.salesgatePasskeys.words(error) });
    }
  }

  /* API keys */

  function keys(answer) {
    if (!answer) return;
    if (answer.of !== "show") say("keys", answer);
    if (answer.error) return;
    own("keys").replaceChildren(...answer.keys.map(key));
    if (answer.secret) secret(answer.secret);
    if (answer.of === "revoke") own("secret").hidden = true;
    if (answer.of && answer.of !== "show") refresh("events");
  }

  function key(one) {
    const over = new Date(one.until) <= new Date();
    const line = (...words) => make("span", { className: "d-block" }, ...words);
    const state = over ? "Expired" : one.may.length ? "" : "Can do nothing";
    const element = row([one.name, ...(state ? [" ", badge(false, state)] : [])], [
      line(make("code", { className: "text-reset", textContent: `${one.prefix}…` })),
      ...(one.may.length && !over ? [line(`May ${one.may.join("; ")}`)] : []),
      ...(one.lost.length && !over ? [line(`Not any more, for your role lost it: ${one.lost.join("; ")}`)] : []),
      ...(one.networks.length ? [line(`From: ${one.networks.join(", ")}`)] : []),
      line(...(one.used ? ["Last used ", when(one.used), ` · ${one.ip}`] : ["Never used"]), over ? " · ended " : " · ends ", when(one.until)),
    ], button("Revoke", plain, sure({ title: `Revoke the key “${one.name}”?`, words: [`${one.prefix}… will not work any more. Programs that use it stop.`], yes: "Revoke" }, () => wish("keys", "revoke", { id: one.id }))));
    element.querySelector("button").setAttribute("aria-label", `Revoke the key ${one.name}`);
    return element;
  }

  // Shown once: it stays neither in the form nor in the store.
  function secret(words) {
    const place = own("secret");
    const copy = button("Copy", plain, () => navigator.clipboard.writeText(words).then(() => { copy.textContent = "Copied"; }));
    const done = button("I have kept it", "btn btn-sm btn-primary", () => {
      place.replaceChildren();
      place.hidden = true;
      own("keys.note").replaceChildren();
    });
    place.replaceChildren(
      make("h3", { className: "sg-row-title mb-0", textContent: "Your new key", tabIndex: -1 }),
      make("p", { className: "sg-hint", textContent: "It is shown only now. Whoever has it can use it: keep it where the program keeps its secrets, never in an address." }),
      make("code", { className: "sg-secret", textContent: words }),
      make("div", { className: "sg-presets" }, ...(navigator.clipboard ? [copy] : []), done),
    );
    place.hidden = false;
    clear("key-name", "key-networks");
    set("key-scopes", { value: [] });
    document.querySelector('[data-sg-form="key"]').closest("details").open = false;
    place.querySelector("h3").focus();
    set("keys", { data: null });
  }

  /* Devices and events */

  function sessions(answer) {
    if (!answer) return;
    if (answer.of !== "show") say("sessions", answer);
    if (answer.error) return;
    const device = (one) => row([one.device, ...(one.mine ? [" ", badge(true, "This device")] : [])],
      [one.mine ? "Signed in " : "Last seen ", when(one.mine ? one.since : one.seen), ...(one.ip ? [` · ${one.ip}`] : []), ...(one.kept ? [" · kept signed in"] : [])],
      ...(one.mine ? [] : [act("End", () => wish("sessions", "end", { id: one.id }))]));
    own("sessions").replaceChildren(...answer.sessions.map(device));
    const others = answer.sessions.filter((one) => !one.mine).length;
    own("others").replaceChildren(...(others > 1 ? [act("End all other devices", () => wish("sessions", "end_others"))] : []));
    if (answer.of && answer.of !== "show") refresh("events");
  }

  function events(answer) {
    if (!answer) return;
    const line = (one) => make("li", {},
      make("span", { className: one.bad ? "sg-bad" : "" , textContent: one.words }),
      make("span", { className: "sg-hint" }, when(one.at), ...(one.ip ? [` · ${one.ip}`] : []), ...(one.by ? [` · by ${one.by}`] : [])));
    own("events").replaceChildren(...answer.events.map(line));
    pages(own("events.status"), answer, ["event", "events"], "Nothing happened yet", turn);
  }

  /* The page itself */

  const SENT = { profile: ["profile", "save"], mail: ["mail", "ask"], request: ["request", "ask"], password: ["password", "change"], passkey: ["passkeys", "offer"], key: ["keys", "make"] };

  function send(form) {
    const name = form.dataset.sgForm;
    busy(form.querySelector("button[type=submit]"), true);
    if (name === "code") wish("factors", "confirm_totp", { pending: offer });
    else wish(...SENT[name]);
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.sgForm) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("click", (event) => {
    const used = event.target.closest("[data-sg]")?.dataset.sg;
    if (used === "account.cancel") cancel();
    if (used === "account.reveal") reveal(event.target);
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "account-new") window.salesgateStrength(event.target, own("strength"), JSON.parse(own("strength").dataset.words), shortest);
  });
  document.addEventListener("salesgate:answered", settle);
  window.addEventListener("hashchange", jump);

  function reveal(element) {
    const shown = field("new").type === "text";
    element.textContent = shown ? "Show what I type" : "Hide what I type";
    ["current", "new", "again"].forEach((part) => set(part, { type: shown ? "password" : "text" }));
  }

  callbacks({
    account_profile: ["account.profile.note", profile],
    account_mail: ["account.mail.note", mail],
    account_request: ["account.request.note", request],
    account_password: ["account.password.note", password],
    account_factors: ["account.factors.note", factors],
    account_passkeys: ["account.passkeys.note", passkeys],
    account_keys: ["account.keys.note", keys],
    account_sessions: ["account.sessions.note", sessions],
    account_events: ["account.events.note", events],
  });
})();
