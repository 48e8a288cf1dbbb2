// Watches the session: asks before it ends for want of use, and says so when it has ended. Only the server knows how long
// it lasts, for other tabs use it too: it is asked, which is no use of the session, before anything is said.
(() => {
  const TICK = 1000;
  const RECHECK = 5000;
  const LONGEST = 3600_000;
  const tabs = window.BroadcastChannel && new BroadcastChannel("salesgate-session");
  const token = () => (document.cookie.match(/(?:^|; )_csrf_token=([^;]+)/) || [])[1] || "";
  let due = 0;
  let idleEnd = Infinity;
  let hardEnd = Infinity;
  let asking;
  let over;

  const make = (tag, props, ...children) => {
    const element = Object.assign(document.createElement(tag), props);
    element.append(...children);
    return element;
  };
  const button = (textContent, look, onclick) => make("button", { type: "button", className: `btn ${look}`, textContent, onclick });

  function dialog(kind, title, words, ...acts) {
    const head = make("h2", { id: "sg-session-title", className: "h5", textContent: title });
    const box = make("dialog", { className: `sg-session sg-session-${kind}` }, head, words, make("div", { className: "sg-session-acts" }, ...acts));
    words.id = "sg-session-words";
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-labelledby", head.id);
    box.setAttribute("aria-describedby", words.id);
    document.body.append(box);
    box.showModal();
    return box;
  }

  // The form in the bar may carry the token of a session that was renewed meanwhile.
  function leave() {
    const form = document.querySelector('form[action="/sign-out"]');
    form.elements.csrf_token.value = token();
    form.submit();
  }

  async function stay() {
    await fetch("/session/extend", { method: "POST", headers: { "X-CSRFToken": token() } }).catch(() => {});
    tabs?.postMessage("");
    check();
  }

  function ask() {
    if (!asking) {
      const clock = make("strong", { className: "sg-session-clock" });
      const words = make("p", {}, "You will be signed out in ", clock, ".");
      const box = dialog("ask", "Are you still there?", words, button("Stay signed in", "btn-primary", stay), button("Sign out", "btn-outline-secondary", leave));
      box.oncancel = (event) => { event.preventDefault(); stay(); };
      asking = { box, clock };
    }
    const left = Math.max(0, Math.round((idleEnd - Date.now()) / 1000));
    asking.clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }

  function quiet() {
    asking?.box.remove();
    asking = null;
  }

  function end() {
    quiet();
    if (over) return;
    const now = Date.now() + TICK;
    const why = now >= hardEnd ? "expired" : now >= idleEnd ? "idle" : "signed-out";
    const here = encodeURIComponent(window.location.pathname + window.location.search);
    const link = make("a", { className: "btn btn-primary", href: `/sign-in?ended=${why}&next=${here}`, textContent: "Sign in again" });
    const words = make("p", { textContent: "Sign in again to come back to this page." });
    over = dialog("over", why === "signed-out" ? "You are signed out" : "Your session has expired", words, link);
    over.oncancel = (event) => event.preventDefault();
    over.onclose = () => over.showModal();
  }

  async function check() {
    due = Infinity;
    const status = await fetch("/session/status", { cache: "no-store" }).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    const now = Date.now();
    due = now + RECHECK;
    const gone = status ? status.ended : now > Math.min(idleEnd, hardEnd);
    if (gone) return end();
    if (!status) return;
    if (over) return window.location.reload();
    idleEnd = now + status.idle_seconds_left * 1000;
    hardEnd = now + status.absolute_seconds_left * 1000;
    const warn = status.remembered ? 0 : status.warn_seconds * 1000;
    if (warn && idleEnd - warn <= now && idleEnd < hardEnd) {
      ask();
      due = Math.min(due, idleEnd + TICK);
    } else {
      quiet();
      due = Math.min(Math.max(idleEnd - warn, now + TICK), hardEnd + TICK, now + LONGEST);
    }
  }

  tabs?.addEventListener("message", check);
  document.addEventListener("visibilitychange", () => document.hidden || check());
  // A clock that is looked at, instead of one timer: a computer that slept wakes up with the right time.
  setInterval(() => (Date.now() >= due ? check() : asking && ask()), TICK);
  check();
})();
