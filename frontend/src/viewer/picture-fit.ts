/** Whether a picture fills its frame: the encoder rounds widths to whole pixels, and a line of black would stand beside the picture. */

/** A rung's rounded width changes its shape by less than this share: 426×240 is 0.2 % off 16:9. */
const SAME_SHAPE_WITHIN = 0.01;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** True: the picture has the frame's shape but for the rounding, so that it is cut by less than 1 % and leaves no line. */
export function isSameShape(picture: Size, frame: Size): boolean {
  if (Math.min(picture.width, picture.height, frame.width, frame.height) <= 0) return false;
  const share = (picture.width * frame.height) / (picture.height * frame.width);
  return Math.abs(share - 1) < SAME_SHAPE_WITHIN;
}
