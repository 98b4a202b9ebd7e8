/* Recompute a session's commitment from what stands in the page: SHA-256 over the salt's text and the canonical JSON. */

/* RFC 8785 for what contents are made of: objects, arrays, strings, whole numbers, true, false, null. */
const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  // sort() compares UTF-16 units, as the RFC wants it.
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(",")}}`;
};

const digestOf = async (text) => {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

const form = document.querySelector("[data-fair]");
const verdict = document.querySelector("#verdict");

const ICONS = { success: "check", error: "cross", warning: "warning" };

const tell = (tone, words) => {
  const use = verdict.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[tone]}`));
  verdict.className = `flash flash--${tone}`;
  verdict.querySelector("[data-verdict]").textContent = words;
};

const check = async () => {
  const computed = form.querySelector("#computed");
  let content;
  try { content = canonical(JSON.parse(form.querySelector("#content").value)); }
  catch {
    computed.textContent = "–";
    return tell("warning", "The content is no JSON any more, so there is nothing to compute.");
  }
  if (!crypto.subtle) return tell("warning", "This browser computes digests on https only. Use the script below.");
  computed.textContent = await digestOf(form.querySelector("#salt").value + content);
  const kept = computed.textContent === document.querySelector("#commitment").textContent.trim();
  return kept
    ? tell("success", "The promise was kept: what was drawn is what was promised.")
    : tell("error", "These do not belong together: the digest differs from the promise.");
};

if (verdict) {
  form.addEventListener("input", check);
  form.addEventListener("submit", (event) => event.preventDefault());
  check();
}
