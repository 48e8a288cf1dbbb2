// Passkeys: the browser's WebAuthn, with JSON texts on both sides as the server reads and writes them.
(() => {
  const ADDRESS = /^\[|^\d+(\.\d+){3}$/;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));
  const parsed = (options) => (typeof options === "string" ? JSON.parse(options) : options);

  // Of a credential's answer the buffers become base64url; what is missing stays away.
  function written(credential) {
    const { response } = credential;
    const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
    const answer = Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])]));
    if (response.getTransports) answer.transports = response.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: answer,
    });
  }

  window.salesgatePasskeys = {
    // Whether passkeys work here; `origin` is the site's own address, where the caller knows it.
    supported: (origin) =>
      Boolean(window.PublicKeyCredential) && window.isSecureContext && !ADDRESS.test(window.location.hostname)
      && (!origin || origin === window.location.origin),

    // Both take the options as JSON and promise the answer as a JSON text.
    async create(options) {
      const { challenge, user, excludeCredentials, ...rest } = parsed(options);
      const publicKey = {
        ...rest,
        challenge: bytes(challenge),
        user: { ...user, id: bytes(user.id) },
        excludeCredentials: named(excludeCredentials),
      };
      return written(await navigator.credentials.create({ publicKey }));
    },
    async get(options) {
      const { challenge, allowCredentials, ...rest } = parsed(options);
      const publicKey = { ...rest, challenge: bytes(challenge), allowCredentials: named(allowCredentials) };
      return written(await navigator.credentials.get({ publicKey }));
    },

    // What to tell a person when the browser or the person said no.
    words(error) {
      if (error.name === "InvalidStateError") return "This device has a passkey for this account already.";
      if (error.name === "NotAllowedError") return "The passkey was not used: it was cancelled, or it took too long. Try again, or use another way.";
      return "The passkey could not be used here. Try again, or use another way.";
    },
  };
})();
