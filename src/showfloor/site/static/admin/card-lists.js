// Lists on a phone are cards (card-lists.css). A card's values need the headings of their columns, and
// a table that is drawn as blocks has to be told to be a table, for screen readers.
(() => {
  const table = document.querySelector('#result_list');
  if (!table) return;
  const headings = [...table.querySelectorAll('thead th')].map((head) =>
    head.querySelector('.text')?.textContent.trim() ?? '',
  );
  const role = (selector, name) => {
    for (const element of table.querySelectorAll(selector)) element.setAttribute('role', name);
  };
  table.setAttribute('role', 'table');
  role('thead, tbody', 'rowgroup');
  role('tr', 'row');
  role('thead th', 'columnheader');
  role('tbody th', 'rowheader');
  role('td', 'cell');
  for (const row of table.querySelectorAll('tr.data-row')) {
    [...row.children].forEach((cell, at) => {
      if (!cell.matches('.action-checkbox')) cell.dataset.label = headings[at] ?? '';
      const isEmpty = /^[-–]?$/.test(cell.textContent.trim()) && !cell.querySelector('img, input, svg, .material-symbols-outlined');
      cell.toggleAttribute('data-empty', isEmpty);
    });
  }
  table.classList.add('card-list');
})();
