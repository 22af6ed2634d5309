/** Loudness of a recording as shapes to draw: two lanes, customer above, agent below. Pure. */

export interface Lanes {
  left: Uint8Array;
  right: Uint8Array;
}

/** `peaks` are two rows of bytes of equal length, in base64. */
export function lanes(peaks: string): Lanes {
  const bytes = Uint8Array.from(atob(peaks), (char) => char.charCodeAt(0));
  const half = bytes.length >> 1;
  return { left: bytes.subarray(0, half), right: bytes.subarray(half, 2 * half) };
}

/** A closed SVG path of one lane about its middle, in a box of `width` × `height`. A silent stretch is a thin line. */
export function lanePath(lane: Uint8Array, width: number, height: number): string {
  const step = width / Math.max(1, lane.length);
  const middle = height / 2;
  const above: string[] = [];
  const below: string[] = [];
  lane.forEach((value, index) => {
    const x = (index * step).toFixed(2);
    const next = ((index + 1) * step).toFixed(2);
    const half = Math.max(0.5, (value / 255) * middle);
    above.push(`L${x} ${(middle - half).toFixed(2)}L${next} ${(middle - half).toFixed(2)}`);
    below.unshift(`L${next} ${(middle + half).toFixed(2)}L${x} ${(middle + half).toFixed(2)}`);
  });
  return `M0 ${middle}${above.join('')}${below.join('')}Z`;
}
