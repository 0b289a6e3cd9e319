// Reads the clock that the publisher lays over the picture (see showfloor_demo/clockcode.py).
// Evaluated in the page with the layout's constants; installs window.sfClock.
(layout) => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });

  const blocks = (video) => {
    const [width, height] = [video.videoWidth, video.videoHeight];
    const [sx, sy] = [width / layout.frame[0], height / layout.frame[1]];
    const [w, h] = [layout.columns * layout.block * sx, layout.rows * layout.block * sy];
    canvas.width = Math.ceil(w);
    canvas.height = Math.ceil(h);
    context.drawImage(video, layout.left * sx, layout.top * sy, w, h, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const bits = [];
    for (let n = 0; n < layout.bits; n++) {
      const x = Math.floor(((n % layout.columns) + 0.5) * layout.block * sx);
      const y = Math.floor((Math.floor(n / layout.columns) + 0.5) * layout.block * sy);
      const at = (y * canvas.width + x) * 4;
      bits.push(data[at] + data[at + 1] + data[at + 2] >= 3 * 128 ? 1 : 0);
    }
    return bits;
  };

  // Unix ms of the picture on screen, or null when the code does not check out.
  const read = () => {
    const video = document.querySelector('video');
    if (!video || !video.videoWidth) return null;
    const bits = blocks(video);
    const number = (from, to) => bits.slice(from, to).reduce((sum, bit) => sum * 2 + bit, 0);
    const low = number(0, layout.timeBits);
    const check = number(layout.timeBits, layout.bits);
    let total = layout.salt;
    layout.weights.forEach((weight, n) => (total += weight * (Math.floor(low / 2 ** (8 * n)) & 255)));
    if ((total & 255) !== check) return null;
    const wrap = 2 ** layout.timeBits;
    return Math.round((Date.now() - low) / wrap) * wrap + low;
  };

  // How bright the picture is on average, 0–255; black is 0.
  const brightness = () => {
    const video = document.querySelector('video');
    if (!video || !video.videoWidth) return 0;
    canvas.width = 32;
    canvas.height = 18;
    context.drawImage(video, 0, 0, 32, 18);
    const { data } = context.getImageData(0, 0, 32, 18);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += (data[i] + data[i + 1] + data[i + 2]) / 3;
    return sum / (data.length / 4);
  };

  // Notes, for each product card, the picture at which it came and went.
  const cards = [];
  const shown = new Map();
  const look = () => {
    const now = new Set();
    for (const card of document.querySelectorAll('[data-testid="highlight-card"]')) {
      const id = card.dataset.highlightId;
      now.add(id);
      if (!shown.has(id)) {
        const note = { id, came: read(), cameProgram: window.showfloor?.player.pictureTimeMs ?? null };
        shown.set(id, note);
        cards.push(note);
      }
    }
    for (const [id, note] of shown) {
      if (!now.has(id)) {
        note.went = read();
        shown.delete(id);
      }
    }
    requestAnimationFrame(look);
  };
  look();

  // The picture that was on screen at each click: what a producer saw when she pressed.
  const clicks = [];
  document.addEventListener('click', () => clicks.push(read()), { capture: true });

  window.sfClock = { read, brightness, cards, clicks };
}
