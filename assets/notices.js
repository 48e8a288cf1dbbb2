// Watches Dash's requests: shows that one is under way, and says aloud what went wrong with it.
(() => {
  const CALLBACK = "/_dash-update-component";
  const SLOW_MS = 150;
  const WORDS = {
    400: "The server did not accept that request. Reload the page and try again.",
    401: "You are signed out. Reload the page to sign in again.",
    403: "You are not allowed to see that.",
    413: "That request was too large.",
    429: "Too many requests. Wait a moment, then try again.",
    503: "The server cannot answer just now. What you entered is kept: try again in a moment.",
  };
  const OFFLINE = "The server cannot be reached. What you entered is kept: check the connection, then try again.";
  const BROKEN = "Something went wrong on the server. What you entered is kept: try again, or reload the page.";
  const CONFIRM = "Confirm that it is you, for you signed in a while ago. Then do it again.";
  const ask = window.fetch.bind(window);
  let underWay = 0;

  function busy(change) {
    underWay += change;
    document.documentElement.toggleAttribute("data-sg-busy", underWay > 0);
  }

  // Whatever a page shows ahead where a fresh proof is needed, it is needed from now on.
  function askToConfirm() {
    const here = window.location.pathname + window.location.search;
    const link = document.createElement("a");
    link.href = `/confirm?next=${encodeURIComponent(here)}`;
    link.className = "btn btn-sm btn-primary ms-2";
    link.textContent = "Confirm";
    say(CONFIRM, link);
    document.querySelectorAll('[data-sg="stale"]').forEach((one) => { one.hidden = false; });
  }

  function say(words, link) {
    const place = document.getElementById("sg-alerts");
    place?.replaceChildren();
    if (!words || !place) return;
    const box = document.createElement("div");
    box.className = "alert alert-danger alert-dismissible";
    box.textContent = words;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => say(""));
    box.append(...(link ? [link] : []), close);
    place.append(box);
  }

  // A session that has ended is answered with the address of the sign-in page, which is no page of Dash's router.
  async function leaveIfSignedOut(response) {
    if (response.headers.get("X-Signed-Out") !== "1") return;
    const answer = await response.clone().json();
    window.location.assign(answer.sideUpdate._pages_location.href);
  }

  window.fetch = async (target, options) => {
    const address = typeof target === "string" ? target : target.url || String(target);
    if (!address.includes(CALLBACK)) return ask(target, options);
    let shown = false;
    const timer = setTimeout(() => { shown = true; busy(1); }, SLOW_MS);
    try {
      const response = await ask(target, options);
      if (response.headers.get("X-Confirm") === "1") askToConfirm();
      else say(response.ok ? "" : WORDS[response.status] || BROKEN);
      await leaveIfSignedOut(response);
      return response;
    } catch (error) {
      say(OFFLINE);
      throw error;
    } finally {
      clearTimeout(timer);
      if (shown) busy(-1);
      document.dispatchEvent(new CustomEvent("salesgate:answered"));
    }
  };
})();
