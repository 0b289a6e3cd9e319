/** What a page must be for everyone, beyond what axe knows; each answer is a list of sentences. */
(() => {
  const TOUCH_PX = 44;
  const SMALL_PX = 36; // in dense lists, marked as small
  const TARGETS = 'button, a[href], input, select, textarea, summary, [role=tab], [role=button]';

  const named = (element) => {
    const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replace(/\s+/g, ' ');
    const id = element.dataset.testid ?? element.className ?? '';
    return `<${element.localName} ${id}> ${words.slice(0, 40)}`.trim();
  };

  const isShown = (element) =>
    element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true }) &&
    !element.closest('[inert], .sf-visually-hidden, .sf-skip, [data-nosnippet]');

  /** A link within a sentence is as high as its line: WCAG 2.5.8 leaves it out, and so do we. */
  const isInText = (element) =>
    element.matches('a, .sf-link') && getComputedStyle(element).display.startsWith('inline') &&
    !getComputedStyle(element).display.includes('flex') && !getComputedStyle(element).display.includes('grid');

  const hitArea = (element) => {
    const label = element.matches('input, select') ? element.closest('label') : null;
    return (label ?? element).getBoundingClientRect();
  };

  const smallTargets = () =>
    [...document.querySelectorAll(TARGETS)].flatMap((element) => {
      if (!isShown(element) || isInText(element) || element.type === 'hidden') return [];
      const { width, height } = hitArea(element);
      const least = element.closest('.sf-button--small, .sf-link--target, .sf-item__grip, .sf-item__select') ? SMALL_PX : TOUCH_PX;
      if (Math.min(width, height) >= least - 0.5) return [];
      return [`${named(element)} is ${Math.round(width)}×${Math.round(height)}, needs ${least}`];
    });

  /** Nothing is cut off at the side, and nothing makes the page scroll sideways. */
  const sideways = () => {
    const root = document.documentElement;
    const boxes = [root, ...document.querySelectorAll('main, dialog[open], .sf-sheet__body')];
    return boxes
      .filter((box) => box.scrollWidth > box.clientWidth + 1)
      .map((box) => `${named(box).slice(0, 40)} is ${box.scrollWidth} wide in ${box.clientWidth}`);
  };

  /** Slides and fades have ended: what is looked at is what stays. */
  const settle = async () => {
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime < 2000);
    await Promise.race([
      Promise.allSettled(passing.map((one) => one.finished)),
      new Promise((resolve) => setTimeout(resolve, 1500)),
    ]);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  };

  const violations = async (options, exclude) => {
    const look = async () => (await axe.run({ exclude }, { ...options, resultTypes: ['violations'] })).violations;
    let found = await look();
    if (found.length > 0) {
      // What came or went while it was looked at has no colours yet: what is wrong stays wrong.
      await settle();
      found = await look();
    }
    return found.map(({ id, impact, help, nodes }) => ({
      rule: id,
      impact,
      help,
      targets: nodes.map(({ target, any, all, none }) => {
        const why = [...any, ...all, ...none][0]?.message ?? '';
        return `${target.join(' ')}: ${why}`;
      }),
    }));
  };

  window.sfLook = { settle, sideways, smallTargets, violations };
})();
