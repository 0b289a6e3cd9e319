// The preview beside the form of a brand follows what stands in the form.
(() => {
  const WAIT_MS = 250;
  const SQUARE_WITHIN = 1.25; // as in brand_pictures.py
  const frame = document.querySelector('[data-brand-preview]');
  if (!frame) return;
  const form = document.getElementById('brand_form');
  const address = new URL(frame.src);
  const field = (name) => form.elements.namedItem(name);
  let timer;

  function redraw() {
    for (const name of ['name', 'tagline', 'accent', 'display_font']) address.searchParams.set(name, field(name).value);
    if (frame.src !== address.href) frame.src = address.href;
  }

  // A chosen picture is shown from this machine; the server has it once the form is saved.
  const chosen = new Map(); // by field: the file and its address
  function addressOf(name) {
    const [file] = field(name)?.files ?? [];
    if (!file) return null;
    if (chosen.get(name)?.file !== file) {
      URL.revokeObjectURL(chosen.get(name)?.address ?? '');
      chosen.set(name, { file, address: URL.createObjectURL(file) });
    }
    return chosen.get(name).address;
  }

  function showPicture(name, shown) {
    const picture = frame.contentDocument?.querySelector(`[data-preview="${name}"]`);
    if (!picture) return;
    picture.dataset.saved ??= picture.getAttribute('src') ?? '';
    const isTakenOff = field(`${name}-clear`)?.checked ?? false;
    const source = addressOf(name) ?? (isTakenOff ? '' : picture.dataset.saved);
    if (source !== (picture.getAttribute('src') ?? '')) {
      if (source) picture.src = source;
      else picture.removeAttribute('src');
    }
    picture.hidden = !source;
    shown(picture, source !== '');
  }

  function showPictures() {
    showPicture('hero', (picture, isThere) => picture.parentElement.classList.toggle('sf-hero--picture', isThere));
    showPicture('logo', async (picture, isThere) => {
      if (isThere) await picture.decode().catch(() => undefined);
      const sides = [picture.naturalWidth, picture.naturalHeight];
      const isMark = Math.max(...sides) <= Math.min(...sides) * SQUARE_WITHIN; // a mark does not say the name
      const name = picture.parentElement.querySelector('[data-preview-name]');
      name.hidden = isThere && !isMark;
    });
  }

  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(redraw, WAIT_MS);
  });
  form.addEventListener('change', showPictures);
  frame.addEventListener('load', showPictures);
})();
