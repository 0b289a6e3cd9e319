// The table of a product's variants: a pasted column fills the fields below, arrow keys and Enter move
// up and down in a column. Without this script the form works as it is.
(() => {
  const form = document.querySelector('[data-variant-matrix]');
  if (!form) return;
  const column = (field) => [...form.querySelectorAll(`[data-cell="${field.dataset.cell}"]`)];

  form.addEventListener('paste', (event) => {
    const field = event.target.closest?.('[data-cell]');
    const text = event.clipboardData?.getData('text/plain').replace(/\r?\n$/, '') ?? '';
    if (!field || !/[\n\t]/.test(text)) return;
    event.preventDefault();
    const cells = [...field.closest('tr').querySelectorAll('[data-cell]')];
    const from = cells.indexOf(field);
    const rows = column(field);
    const first = rows.indexOf(field);
    text.split(/\r?\n/).forEach((line, down) => {
      const row = rows[first + down]?.closest('tr');
      if (!row) return;
      const fields = [...row.querySelectorAll('[data-cell]')];
      line.split('\t').forEach((value, right) => {
        if (fields[from + right]) fields[from + right].value = value.trim();
      });
    });
  });

  form.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    const field = event.target.closest?.('[data-cell]');
    if (!step || !field || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const fields = column(field);
    fields[fields.indexOf(field) + step]?.focus();
  });
})();
