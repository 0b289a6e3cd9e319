// Keys on the list of orders (j, k: down and up, x: choose, /: search) and on an order's page (the
// letter beside each act opens it). No key acts while somebody types, or together with a modifier.
(() => {
  const isTyping = (target) => target instanceof Element && target.closest('input, textarea, select, [contenteditable]');
  const rows = () => [...document.querySelectorAll('#result_list tbody tr, #changelist-form table tbody tr')];
  const linkOf = (row) => row?.querySelector('th a, td a');

  function move(step) {
    const links = rows().map(linkOf).filter(Boolean);
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[next].focus();
    links[next].scrollIntoView({ block: 'nearest' });
  }

  function openAct(letter) {
    const act = document.querySelector(`details[data-key="${letter}"]`);
    if (!act) return false;
    act.open = true;
    act.querySelector('input:not([type="hidden"]), textarea')?.focus();
    return true;
  }

  // One act is open at a time: two half-filled forms beside each other lead to mistakes.
  document.addEventListener(
    'toggle',
    (event) => {
      if (!event.target.matches?.('details[data-key]') || !event.target.open) return;
      for (const other of document.querySelectorAll('details[data-key][open]')) if (other !== event.target) other.open = false;
    },
    true,
  );

  document.addEventListener('click', (event) => {
    const act = event.target.closest?.('a[data-opens]');
    if (act && openAct(act.dataset.opens)) event.preventDefault();
  });

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    if (document.querySelector('[data-order-page]')) {
      if (openAct(event.key)) event.preventDefault();
      return;
    }
    if (event.key === 'j') move(1);
    else if (event.key === 'k') move(-1);
    else if (event.key === 'x') document.activeElement?.closest('tr')?.querySelector('input.action-select')?.click();
    else if (event.key === '/') document.getElementById('searchbar')?.focus();
    else return;
    event.preventDefault();
  });
})();
