// The pages of signing in: passkey forms, where passkeys work, and copying recovery codes. All else works without scripts.
(() => {
  const passkeys = window.salesgatePasskeys;

  async function options(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
    });
    if (answer.ok) return answer.text();
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail), { said: problem.detail });
  }

  async function ask(form) {
    const words = form.querySelector("[data-passkey-words]");
    const button = form.querySelector("button");
    words.textContent = "";
    button.disabled = true;
    try {
      form.elements.answer.value = await passkeys[form.dataset.passkey](await options(form));
      const remember = document.getElementById("remember");
      if (form.elements.remember) form.elements.remember.value = remember?.checked ? "y" : "";
      form.submit();
    } catch (error) {
      words.textContent = error.said || passkeys.words(error);
      button.disabled = false;
    }
  }

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!passkeys?.supported(form.dataset.origin)) return;
    form.hidden = false;
    form.closest("[data-passkey-offer]")?.removeAttribute("hidden");
    document.querySelector("[data-passkey-without]")?.remove();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
  });

  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const lines = [...document.getElementById(button.dataset.copy).children].map((line) => line.textContent.trim());
      await navigator.clipboard.writeText(lines.join("\n"));
      button.textContent = "Copied";
    });
  });
})();
