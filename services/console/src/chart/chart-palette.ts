const colours = 5;
const dashes: readonly (readonly number[] | undefined)[] = [undefined, [6, 4], [2, 3]];

/** The most lines that can be told apart: five colours, whole, dashed and dotted. None is a level's colour. */
export const mostLines = colours * dashes.length;

export function lineStyle(index: number): { readonly colour: string; readonly dash: readonly number[] | undefined } {
  return { colour: `--series-${(index % colours) + 1}`, dash: dashes[Math.floor(index / colours) % dashes.length] };
}

/** The value of a colour token in the scheme that is on. */
export function tokenColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
