/** A number of things; `1000+` where there are more than were counted. */
export function atLeast(count: number, more: boolean): string {
  return more ? `${count}+` : String(count);
}
