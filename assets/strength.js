// Says what a new password lacks while it is typed, and shows it on demand. The server decides; forms work without this.
(() => {
  const SHORTEST_WORD = 3;
  const SHORTEST_REST = 10;
  const AMPLE = 1.4; // of the length that is asked for
  const ROWS = ["1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm"];
  const ADVICE = "A few words that have nothing to do with each other are easy to keep in mind and hard to guess.";

  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  const nextKeys = (one, other) => ROWS.some((row) => row.includes(one + other) || row.includes(other + one));
  const isSmallStep = (one, other) => Math.abs(one.codePointAt(0) - other.codePointAt(0)) <= 1 || nextKeys(one, other);

  // Whether a part that begins the text comes again, until two thirds or less of it are new.
  function repeats(text) {
    for (let shift = 1; shift <= (text.length * 2) / 3; shift += 1) {
      if (text.slice(shift) === text.slice(0, -shift)) return true;
    }
    return false;
  }

  function isSequence(text) {
    const letters = [...plain(text)];
    const small = letters.slice(1).filter((letter, at) => isSmallStep(letters[at], letter)).length;
    return letters.length > 1 && small >= ((letters.length - 1) * 3) / 4;
  }

  // The words, and their parts, that leave too little of the password when they are taken out.
  function known(password, words) {
    const parts = words.flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)]).map(plain);
    const used = [...new Set(parts)].filter((part) => part.length >= SHORTEST_WORD && plain(password).includes(part));
    const rest = used.sort((a, b) => b.length - a.length).reduce((text, part) => text.replaceAll(part, ""), plain(password));
    return used.length && [...rest].length < SHORTEST_REST ? used[0] : "";
  }

  // {level: 0 to 2, share: 0 to 1, words}
  function judge(password, words, shortest) {
    const length = [...password].length;
    const share = Math.min(1, length / (shortest * AMPLE));
    const own = known(password, words);
    if (length < shortest) {
      const missing = shortest - length;
      return { level: 0, share, words: `${missing} more character${missing === 1 ? "" : "s"}. ${ADVICE}` };
    }
    if (own) return { level: 0, share, words: `“${own}” is easy to guess for whoever knows you. Use other words.` };
    if (repeats(password.toLowerCase())) return { level: 0, share, words: "It repeats itself. Use different words." };
    if (isSequence(password)) return { level: 0, share, words: "It follows the alphabet or the keyboard. Use words." };
    if (share < 1) return { level: 1, share, words: "Long enough. One more word makes it better still." };
    return { level: 2, share, words: "Good. Use it nowhere else." };
  }

  // Draws into `meter` what `input` lacks; `words` are what others know of the person.
  window.salesgateStrength = (input, meter, words = [], shortest = 15) => {
    if (!input.value) {
      meter.replaceChildren();
      return;
    }
    if (!meter.querySelector(".sg-strength-words")) {
      const bar = document.createElement("div");
      bar.className = "sg-strength-bar";
      bar.append(document.createElement("div"));
      const said = document.createElement("p");
      said.className = "sg-strength-words";
      said.setAttribute("role", "status");
      meter.replaceChildren(bar, said);
    }
    const found = judge(input.value, words.filter(Boolean), shortest);
    meter.dataset.level = found.level;
    meter.querySelector(".sg-strength-bar > div").style.width = `${Math.round(found.share * 100)}%`;
    const said = meter.querySelector(".sg-strength-words");
    if (said.textContent !== found.words) said.textContent = found.words;
  };

  // What the server said was about the password before.
  function forgive(input) {
    document.getElementById(`${input.id}-error`)?.remove();
    input.classList.remove("is-invalid");
    input.removeAttribute("aria-invalid");
  }

  document.querySelectorAll("[data-strength]").forEach((meter) => {
    const input = document.getElementById(meter.dataset.strength);
    const near = meter.dataset.near.split(" ").map((id) => document.getElementById(id)).filter(Boolean);
    const words = () => [...meter.dataset.words.split(" "), ...near.map((field) => field.value)];
    const draw = () => window.salesgateStrength(input, meter, words(), Number(meter.dataset.shortest));
    [input, ...near].forEach((field) => field.addEventListener("input", draw));
    input.addEventListener("input", () => forgive(input));
    draw();
  });

  document.querySelectorAll("[data-reveal]").forEach((button) => {
    const input = document.getElementById(button.dataset.reveal);
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      button.textContent = shown ? "Hide" : "Show";
    };
    button.hidden = false;
    button.addEventListener("click", () => show(input.type === "password"));
    // A password manager knows a password by the kind of its field.
    input.form.addEventListener("submit", () => show(false));
  });
})();
