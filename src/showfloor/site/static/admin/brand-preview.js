// The preview beside the form of a brand follows what stands in the form.
(() => {
  const WAIT_MS = 250;
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
  function showPictures() {
    for (const name of ['logo', 'hero']) {
      const [file] = field(name)?.files ?? [];
      const picture = frame.contentDocument?.querySelector(`[data-preview="${name}"]`);
      if (file && picture) picture.src = URL.createObjectURL(file);
    }
  }

  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(redraw, WAIT_MS);
  });
  form.addEventListener('change', showPictures);
  frame.addEventListener('load', showPictures);
})();
