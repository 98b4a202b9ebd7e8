/* A page of play: it moves on when its clock runs out, takes keys, and puts the focus where the next thing is.
   Every form in it works without this; htmx swaps #play and #side from the page that the server sends. */

const play = () => document.getElementById("play");

/* The server decides what time it is: ask a moment after the clock here has run out. */
document.addEventListener("time-up", (event) => {
  if (event.target.closest("#play .clock, #side, [data-reload-at-end]")) setTimeout(() => location.reload(), 900);
});

/* A refused form comes back as a page with its status: show it. Any other page (signed out, an error) is gone to whole. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.serverResponse.includes(detail.target.id === "quote" ? "data-quote" : 'id="play"')) {
    detail.shouldSwap = true;
    detail.isError = false;
  } else {
    detail.shouldSwap = false;
    location.reload();
  }
});

/* High contrast: the box works by itself; here it is remembered. */
const rememberContrast = () => {
  const box = document.querySelector("[data-contrast]");
  if (!box) return;
  box.checked = localStorage.getItem("contrast") === "more";
  box.addEventListener("change", () => localStorage.setItem("contrast", box.checked ? "more" : "usual"));
};

const enhance = () => {
  rememberContrast();
  const form = document.querySelector("[data-code]");
  if (form?.querySelector("[data-slots]") && !form.putSymbol) adoptCode(form);
};

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "play" && event.detail.target?.id !== "play") return;
  enhance();
  const fault = document.querySelector("[aria-invalid]");
  const next = fault ?? play().querySelector("[autofocus]") ?? play().querySelector("[data-focus]");
  next?.focus({ preventScroll: !fault });
  const words = play().querySelector("[data-say]");
  if (words) document.getElementById("spoken").textContent = words.textContent;
  if (!fault) window.scrollTo({ top: 0 });
});

/* Codebreaker and word: the text field stays what is sent; keys and slots write and show it. */
const adoptCode = (form) => {
  const field = form.querySelector("#guess"), slots = form.querySelector("[data-slots]"), length = Number(form.dataset.length);
  const keys = new Map([...form.querySelectorAll("[data-symbol]")].map((key) => [key.dataset.symbol, key]));
  const hole = slots.firstElementChild.cloneNode(true);
  form.querySelector("[data-guess-field]").classList.add("sr-only");
  const known = (letter) => [letter, letter.toUpperCase(), letter.toLowerCase()].find((symbol) => keys.has(symbol));
  const faceOf = (symbol) => {
    const peg = keys.get(symbol).querySelector(".peg");
    if (peg) return peg.cloneNode(true);
    const tile = hole.cloneNode(false);
    tile.className = "tile tile--put";
    tile.textContent = symbol;
    return tile;
  };
  const draw = () => {
    field.value = [...field.value].map(known).filter(Boolean).slice(0, length).join("");
    const pegs = [...field.value].map(faceOf);
    while (pegs.length < length) pegs.push(hole.cloneNode(true));
    slots.replaceChildren(...pegs);
    form.classList.toggle("is-full", field.value.length === length);
  };
  form.putSymbol = (symbol) => { if (known(symbol) && field.value.length < length) { field.value += known(symbol); draw(); } };
  form.dropSymbol = () => { field.value = field.value.slice(0, -1); draw(); };
  field.addEventListener("input", draw);
  for (const [symbol, key] of keys) key.addEventListener("click", () => form.putSymbol(symbol));
  form.querySelector("[data-delete]").addEventListener("click", form.dropSymbol);
  draw();
};

/* Keys, while the focus is on nothing that takes them itself: 1 to 9 or an option's letter choose, letters fill the
   code, Enter goes on. */
const pick = (key) => {
  const inputs = [...(play()?.querySelectorAll("[data-answer] .option > input") ?? [])];
  const input = inputs[Number(key) - 1] ?? inputs.find(({ value }) => value[0] === key.toLowerCase());
  input?.focus();
  input?.click();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("#side, header, footer, nav") || event.target.matches("input:not([type=radio], [type=checkbox]), textarea")) return;
  const code = document.querySelector("[data-code].codegame");
  if (/^[1-9a-z]$/i.test(event.key) && document.querySelector("[data-answer]")) pick(event.key);
  else if (event.key === "Enter" && !event.target.matches("a, button, summary")) {
    event.preventDefault();
    play()?.querySelector("[data-primary]")?.click();
  } else if (code?.putSymbol && event.key === "Backspace") code.dropSymbol();
  else if (code?.putSymbol && event.key.length === 1) code.putSymbol(event.key);
});

enhance();
