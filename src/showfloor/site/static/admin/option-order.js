// Options and their values are put into order by dragging, or by the buttons up and down. Each list
// of values keeps the text field below it, which the form sends; without this script that field is
// shown, and the order of its lines counts.
(() => {
  const form = document.querySelector('[data-variant-matrix]');
  if (!form) return;
  const axes = form.querySelector('[data-axes]');
  const said = form.querySelector('[data-said]');
  const words = form.dataset;

  const named = (text, name) => text.replace('{name}', name);
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const say = (item, name) => {
    const all = [...item.parentElement.children];
    said.textContent = `${name}: ${all.indexOf(item) + 1} / ${all.length}`;
  };

  /** Moves an item by one place, and leaves the focus where it was. */
  const step = (item, by, done) => {
    const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (by < 0) other.before(item);
    else other.after(item);
    if (item.contains(focused)) focused.focus();
    done(item);
  };

  /** Lets an item follow the finger or the mouse that holds its handle. */
  const follow = (item, handle, isSame, done) => {
    handle.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
      item.classList.add('matrix-moving');
    });
    handle.addEventListener('pointermove', (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const over = document.elementFromPoint(event.clientX, event.clientY)?.closest(isSame);
      if (!over || over === item || over.parentElement !== item.parentElement) return;
      const box = over.getBoundingClientRect();
      const isBefore = item.compareDocumentPosition(over) & Node.DOCUMENT_POSITION_PRECEDING;
      // An item changes places once the pointer has passed the middle of the other one.
      const isPast = isBefore
        ? event.clientY < box.top + box.height / 2 || event.clientX < box.left
        : event.clientY > box.top + box.height / 2 || event.clientX > box.right;
      if (!isPast) return;
      if (isBefore) over.before(item);
      else over.after(item);
      handle.setPointerCapture(event.pointerId); // a moved element loses it
    });
    for (const name of ['pointerup', 'pointercancel']) {
      handle.addEventListener(name, () => {
        item.classList.remove('matrix-moving');
        done(item);
      });
    }
  };

  const handle = () => make('span', { className: 'matrix-handle', ariaHidden: 'true', textContent: '⠿' });
  const button = (sign, label, act) => {
    const made = make('button', { type: 'button', className: 'matrix-step', textContent: sign, onclick: act });
    made.ariaLabel = label;
    made.title = label;
    return made;
  };

  // --- the values of an option

  const lists = (text) => {
    const list = make('ol', { className: 'matrix-values' });
    const write = () => {
      text.value = [...list.querySelectorAll('input')].map((field) => field.value.trim()).join('\n');
    };
    const moved = (item) => {
      write();
      name(item);
      say(item, item.querySelector('input').value);
    };
    const name = (item) => {
      const { value } = item.querySelector('input');
      const [up, down] = item.querySelectorAll('.matrix-step');
      up.ariaLabel = up.title = named(words.up, value);
      down.ariaLabel = down.title = named(words.down, value);
    };
    const add = (value, after) => {
      const field = make('input', { className: 'matrix-field', value, maxLength: 80 });
      field.ariaLabel = words.value;
      const grip = handle();
      const item = make('li', { className: 'matrix-value' }, grip, field);
      item.append(
        button('↑', '', () => step(item, -1, moved)),
        button('↓', '', () => step(item, 1, moved)),
      );
      field.addEventListener('input', () => {
        write();
        name(item);
      });
      field.addEventListener('paste', (event) => {
        const [first, ...more] = event.clipboardData.getData('text/plain').split(/\r?\n/).filter(Boolean);
        if (more.length === 0) return;
        event.preventDefault();
        field.value = first;
        more.reduceRight((_last, line) => add(line, item), null);
        write();
        name(item);
      });
      field.addEventListener('keydown', (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (by && event.altKey) {
          event.preventDefault();
          step(item, by, moved);
        } else if (event.key === 'Enter') {
          event.preventDefault();
          add('', item).querySelector('input').focus();
          write();
        }
      });
      follow(item, grip, '.matrix-value', moved);
      if (after) after.after(item);
      else list.append(item);
      name(item);
      return item;
    };
    for (const value of text.value.split('\n')) if (value.trim()) add(value.trim(), null);
    const more = button(`+ ${words.add}`, words.add, () => add('', null).querySelector('input').focus());
    more.classList.add('matrix-more');
    text.hidden = true;
    text.after(list, more);
  };

  // --- the options

  const renumber = () => {
    [...axes.children].forEach((axis, number) => {
      for (const field of axis.querySelectorAll('[name^="axis-"]')) {
        field.name = field.name.replace(/^axis-\d+/, `axis-${number}`);
      }
    });
  };
  for (const axis of axes.children) {
    lists(axis.querySelector('textarea'));
    const title = () => axis.querySelector('[name$="-name"]').value;
    const moved = () => {
      renumber();
      say(axis, title());
    };
    const bar = make('div', { className: 'matrix-bar' });
    const grip = handle();
    bar.append(
      grip,
      button('↑', named(words.up, title()), () => step(axis, -1, moved)),
      button('↓', named(words.down, title()), () => step(axis, 1, moved)),
    );
    axis.prepend(bar);
    follow(axis, grip, '[data-axis]', moved);
  }
})();
