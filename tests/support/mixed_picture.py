"""The picture that the studio mixes, as the host's page shows it: how long a change takes."""

from playwright.sync_api import Page

# What moves by itself is known from the frames before: each place of a coarse picture has a darkest
# and a brightest value. The mix has changed once many places are outside of them.
_CHANGE = """async (testId) => {
    const video = document.querySelector('[data-testid=studio-video]');
    const [columns, rows, before, places, margin, mostMs] = [32, 18, 40, 12, 24, 5000];
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [columns, rows];
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const frame = () => new Promise((seen) => video.requestVideoFrameCallback(() => {
        context.drawImage(video, 0, 0, columns, rows);
        const { data } = context.getImageData(0, 0, columns, rows);
        const sum = (n) => data[4 * n] + data[4 * n + 1] + data[4 * n + 2];
        seen(Array.from({ length: columns * rows }, (_, n) => sum(n)));
    }));
    const least = await frame(), most = [...least];
    for (let n = 0; n < before; n += 1) {
        (await frame()).forEach((value, at) => {
            least[at] = Math.min(least[at], value);
            most[at] = Math.max(most[at], value);
        });
    }
    const began = performance.now();
    document.querySelector(`[data-testid="${testId}"]`).click();
    while (performance.now() - began < mostMs) {
        const seen = await frame();
        const isOther = (value, at) => value < least[at] - margin || value > most[at] + margin;
        if (seen.filter(isOther).length >= places) return performance.now() - began;
    }
    throw new Error(`the mix is the same ${mostMs} ms after ${testId}`);
}"""


def change_ms(page: Page, test_id: str) -> float:
    """Press a button of the studio; return the time from the press to the changed mix."""
    return float(page.evaluate(_CHANGE, test_id))
