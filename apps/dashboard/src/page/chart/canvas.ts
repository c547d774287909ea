// A canvas of the size it has on the page, in CSS pixels whatever the screen.

/** Empty, and ready to be drawn on. */
export function cleared(canvas: HTMLCanvasElement): {
  g: CanvasRenderingContext2D;
  width: number;
  height: number;
} {
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const g = canvas.getContext("2d");
  if (!g) throw new Error("This browser draws no canvas.");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, width, height);
  return { g, width, height };
}
