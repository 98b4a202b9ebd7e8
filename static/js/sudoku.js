/* Sudoku: arrows and a pad of digits, pencil marks that stay in this browser, clashes by the rules alone,
   and what is filled in saved by itself. The form works without this: 81 fields and a button. */

const SAVE_AFTER = 900;

const say = (words) => { document.getElementById("spoken").textContent = words; };
const rowOf = (at) => Math.floor(at / 9), columnOf = (at) => at % 9;
const boxOf = (at) => 3 * Math.floor(at / 27) + Math.floor(columnOf(at) / 3);
const sees = (one, other) =>
  one !== other && (rowOf(one) === rowOf(other) || columnOf(one) === columnOf(other) || boxOf(one) === boxOf(other));

const notesOf = (name) => {
  try { return JSON.parse(localStorage.getItem(name)) ?? {}; } catch { return {}; }
};

const adopt = (form) => {
  const inputs = [...form.querySelectorAll("[name='grid:cells']")], name = `sudoku-notes-${form.dataset.sudoku}`;
  const pencil = form.querySelector("[data-pencil]"), saved = form.querySelector("[data-saved]");
  if (!pencil || form.adopted) return;
  form.adopted = true;
  let at = Math.max(0, inputs.findIndex((input) => !input.readOnly)), notes = notesOf(name), timer;

  const drawNotes = (cell) => {
    const digits = inputs[cell].value ? [] : notes[cell] ?? [];
    let box = inputs[cell].parentNode.querySelector(".cell__notes");
    if (!box && digits.length) {
      box = document.createElement("span");
      box.className = "cell__notes";
      box.ariaHidden = "true";
      inputs[cell].after(box);
    }
    box?.replaceChildren(...[..."123456789"].map((digit) => {
      const mark = document.createElement("i");
      mark.textContent = digits.includes(digit) ? digit : "";
      return mark;
    }));
    const words = inputs[cell].ariaLabel.replace(/, pencil.*/, "");
    inputs[cell].ariaLabel = digits.length ? `${words}, pencil ${digits.join(" ")}` : words;
  };

  const clashes = (cell) => inputs[cell].value && inputs.some((other, place) => sees(cell, place) && other.value === inputs[cell].value);
  const drawClashes = () => inputs.forEach((input, cell) => {
    const clash = Boolean(clashes(cell));
    input.parentNode.classList.toggle("is-clash", clash);
    if (clash && !input.readOnly) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  });

  const save = async () => {
    const body = new FormData(form);
    body.delete("idempotency_key");
    try {
      const reply = await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: true });
      const isKept = reply.type === "opaqueredirect";
      saved.textContent = isKept ? "Saved." : "Not saved: press Save the grid.";
      // Stakes have closed with it.
      if (isKept) for (const part of document.querySelectorAll("#slip, [data-stakes-open]")) part.remove();
    } catch { saved.textContent = "Not saved: no connection."; }
  };
  const changed = () => {
    drawClashes();
    clearTimeout(timer);
    saved.textContent = "";
    if (inputs.every((input) => input.value)) return form.querySelector("[data-primary]").click();
    timer = setTimeout(save, SAVE_AFTER);
  };

  const look = (cell) => {
    at = cell;
    inputs.forEach((input, place) => {
      input.parentNode.classList.toggle("is-here", place === cell);
      input.parentNode.classList.toggle("is-seen", sees(cell, place));
      input.parentNode.classList.toggle("is-same", Boolean(inputs[cell].value) && input.value === inputs[cell].value);
    });
  };

  const note = (digit) => {
    const now = notes[at] ?? [];
    notes[at] = now.includes(digit) ? now.filter((other) => other !== digit) : [...now, digit].sort();
    if (!notes[at].length) delete notes[at];
    localStorage.setItem(name, JSON.stringify(notes));
    drawNotes(at);
    say(notes[at] ? `Pencil ${notes[at].join(" ")}` : "No pencil marks");
  };
  const put = (digit) => {
    if (inputs[at].readOnly) return say("This cell is fixed");
    if (digit && pencil.getAttribute("aria-pressed") === "true" && !inputs[at].value) return note(digit);
    inputs[at].value = digit;
    for (const cell of inputs.keys()) if (digit && (cell === at || sees(at, cell)) && notes[cell]) {
      notes[cell] = notes[cell].filter((other) => other !== digit);
      drawNotes(cell);
    }
    drawNotes(at);
    look(at);
    say(digit ? `${digit}${clashes(at) ? ", which is in its row, column or box already" : ""}` : "Cleared");
    changed();
  };
  const togglePencil = () => {
    const on = pencil.getAttribute("aria-pressed") !== "true";
    pencil.setAttribute("aria-pressed", String(on));
    say(on ? "Pencil" : "Pen");
  };

  const moves = { ArrowUp: -9, ArrowDown: 9, ArrowLeft: -1, ArrowRight: 1 };
  const go = (step) => {
    const next = Math.abs(step) === 9 ? (at + step + 81) % 81 : 9 * rowOf(at) + ((columnOf(at) + step + 9) % 9);
    inputs[next].focus();
  };
  const press = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) go(moves[event.key]);
    else if (/^[1-9]$/.test(event.key)) put(event.key);
    else if (["0", "Backspace", "Delete", " "].includes(event.key)) put("");
    else if (event.key.toLowerCase() === "n") togglePencil();
    else return;
    event.preventDefault();
  };

  inputs.forEach((input, cell) => {
    // The pad below writes; no keyboard comes up on a phone.
    input.inputMode = "none";
    input.addEventListener("focus", () => look(cell));
    input.addEventListener("keydown", press);
    input.addEventListener("input", () => { input.value = input.value.replace(/[^1-9]/g, ""); drawNotes(cell); changed(); });
    drawNotes(cell);
  });
  for (const key of form.querySelectorAll("[data-digit]")) key.addEventListener("click", () => put(key.dataset.digit));
  pencil.addEventListener("click", togglePencil);
  form.addEventListener("submit", () => clearTimeout(timer));
  look(at);
};

const enhance = () => { for (const form of document.querySelectorAll("[data-sudoku]")) adopt(form); };
document.addEventListener("htmx:afterSettle", enhance);
enhance();
