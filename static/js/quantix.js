/* What every page gets: each part finds its own data- attribute, works on parts htmx brings in later,
   and leaves a page that works without it. */

const spoken = document.getElementById("spoken");
const say = (words) => { if (spoken) spoken.textContent = words; };

/* Theme: the form posts and reloads without us; with us the page changes at once. */
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-choice]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const { value } = event.submitter;
  const body = new FormData(form, event.submitter);
  if (value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  for (const choice of document.querySelectorAll("[data-theme-choice] button"))
    choice.setAttribute("aria-pressed", String(choice.value === value));
  try { await fetch(form.action, { method: "POST", body, redirect: "manual" }); }
  catch { form.submit(); }
});

/* Clocks: the server's time decides, so each clock keeps the distance to it, measured when it came in. */
const THRESHOLDS = [60, 30, 10, 5];
const clocks = new Map();

const spellLeft = (seconds) => {
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60, rest = seconds % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  return `${minutes}:${String(rest).padStart(2, "0")}`;
};

const adoptClock = (time) => {
  const left = Date.parse(time.dataset.countdown) - Date.parse(time.dataset.now ?? new Date().toISOString());
  clocks.set(time, { ends: performance.now() + left, last: Infinity });
};

const drawClock = (time, state) => {
  const left = Math.max(0, Math.ceil((state.ends - performance.now()) / 1000));
  if (left === state.last) return;
  time.textContent = left ? spellLeft(left) : "time is up";
  const total = Number(time.dataset.total);
  if (total) {
    const box = time.closest(".clock");
    box?.querySelector(".clock__hand")?.setAttribute("stroke-dasharray", `${Math.min(100, (left / total) * 100)} 100`);
    box?.classList.toggle("is-low", left <= total / 5);
    const crossed = THRESHOLDS.find((mark) => left === mark && mark < total);
    if (crossed && state.last !== Infinity) say(`${crossed} seconds left`);
  }
  if (!left && state.last !== Infinity) {
    if (total) say("Time is up");
    time.dispatchEvent(new CustomEvent("time-up", { bubbles: true }));
  }
  state.last = left;
};

setInterval(() => {
  for (const [time, state] of clocks) {
    if (time.isConnected) drawClock(time, state);
    else clocks.delete(time);
  }
}, 250);

/* Stake slip: exact in whole paise and ten-thousandths of odds, rounded down like the server. */
const toUnits = (text, places) => {
  const match = /^\s*(\d+)(?:\.(\d*))?\s*$/.exec(text);
  if (!match || (match[2] ?? "").length > places) return null;
  return BigInt(match[1] + (match[2] ?? "").padEnd(places, "0"));
};

const rupees = (paise) => {
  const whole = String(paise / 100n), cents = String(paise % 100n).padStart(2, "0");
  const head = whole.slice(0, -3).replace(/\B(?=(\d{2})+$)/g, ",");
  return `₹${head ? `${head},` : ""}${whole.slice(-3)}.${cents}`;
};

const updateSlip = (slip) => {
  const out = slip.querySelector("[data-to-return]");
  const stake = toUnits(slip.querySelector("[data-stake]").value, 2);
  const odds = toUnits(slip.querySelector("[data-odds]:checked")?.dataset.odds ?? slip.dataset.odds ?? "", 4);
  if (out) out.textContent = stake === null || odds === null ? "–" : rupees((stake * odds) / 10000n);
};

const addStake = (button) => {
  const slip = button.closest("[data-slip]"), input = slip.querySelector("[data-stake]");
  const now = toUnits(input.value || "0", 2) ?? 0n;
  const next = button.dataset.set !== undefined ? toUnits(button.dataset.set, 2) : now + toUnits(button.dataset.add, 2);
  input.value = `${next / 100n}.${String(next % 100n).padStart(2, "0")}`;
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

document.addEventListener("input", (event) => {
  const slip = event.target.closest?.("[data-slip]");
  if (slip && event.target.matches("[data-stake], [data-odds]")) updateSlip(slip);
});

/* Copying, dialogs, quick amounts: one listener, found by what was pressed. */
const copy = async (button) => {
  const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : button;
  try {
    await navigator.clipboard.writeText(button.dataset.copyText ?? source.textContent.trim());
    say("Copied");
    const word = button.querySelector("[data-word]") ?? button, before = word.textContent;
    word.textContent = "Copied";
    setTimeout(() => { word.textContent = before; }, 2000);
  } catch { say("Copying is not allowed here; select the text instead"); }
};

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  const opener = at("[data-dialog]"), dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) { event.preventDefault(); dialog.showModal(); }
  if (at("[data-close]")) { event.preventDefault(); at("dialog")?.close(); }
  const adder = at("[data-add], [data-set]");
  if (adder) addStake(adder);
  const copier = at("[data-copy], [data-copy-text]");
  if (copier) copy(copier);
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});

/* Keys: Escape closes a menu and goes back to its button. */
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

const adopt = (root) => {
  for (const part of root.querySelectorAll("[data-with-script][hidden]")) part.hidden = false;
  for (const time of root.querySelectorAll("time[data-countdown]")) if (!clocks.has(time)) adoptClock(time);
  for (const slip of root.querySelectorAll("[data-slip]")) updateSlip(slip);
};
adopt(document);
document.addEventListener("htmx:load", (event) => adopt(event.target.parentNode ?? document));
