import { byte, isBlank } from './byte.js';
import type { FieldLayout } from './field-layout.js';
import type { TextMemo } from './line-key-cache.js';
import type { LineScan } from './line-scan.js';
import { readValue } from './read-value.js';
import { scanPlainNumber } from './scan-number.js';

/** The fields of the line that is being scanned. Reused for every line. */
export class FieldScan {
  /** What the receiver calls each number; a field that it has not opened yet is ~index of the layout. */
  ids = new Int32Array(256);
  values = new Float64Array(256);
  count = 0;
  /** Integers that lost digits. */
  rounded = 0;
  /** Layout indexes of the strings. */
  readonly texts: number[] = [];
  /** Strings that the receiver took. */
  told = 0;
  hasUnopened = false;

  clear(): void {
    this.count = 0;
    this.rounded = 0;
    // Setting the length of an array costs more than the look.
    if (this.texts.length > 0) this.texts.length = 0;
    this.told = 0;
    this.hasUnopened = false;
  }

  /**
   * Scans fields whose names the layout knows; returns where they end, or -1 when the line needs a closer look.
   * `opened`: ids by layout index. `texts`: strings as they were last time; others are not taken.
   */
  scan({ bytes, view, end }: LineScan<never> | LineScan<unknown>, layout: FieldLayout, opened: readonly number[], texts: readonly (TextMemo | undefined)[], start: number): number {
    const { names } = layout;
    let at = start;
    this.clear();
    // Blanks in front of the first field are no part of its name.
    if (isBlank(bytes[at]!)) return -1;
    for (let expected = 0; ; expected++) {
      if (expected >= names.length || !names[expected]!.standsAt(view, at)) expected = layout.findAt(bytes, view, at);
      if (expected < 0) return -1;
      at += names[expected]!.length;
      if (bytes[at] === byte.quote) {
        const memo = texts[expected];
        if (!memo?.pattern.standsAt(view, at)) return -1;
        at += memo.pattern.length;
        this.texts.push(expected);
      } else {
        if (this.count === this.ids.length) this.#grow();
        let stop = scanPlainNumber(bytes, at, this.values, this.count);
        if (stop < 0) stop = this.#readValue(bytes, at, end);
        if (stop < 0) return -1;
        const id = expected < opened.length ? opened[expected]! : -1;
        if (id < 0) this.hasUnopened = true;
        this.ids[this.count++] = id < 0 ? ~expected : id;
        at = stop;
      }
      const c = bytes[at];
      if (c === byte.comma) at++;
      // Strings may hold newlines: one that ran over the end has read what an earlier body left behind.
      else return at <= end && (c === byte.space || c === byte.newline) ? at : -1;
    }
  }

  add(id: number, value: number): void {
    if (this.count === this.ids.length) this.#grow();
    this.ids[this.count] = id;
    this.values[this.count++] = value;
  }

  #readValue(bytes: Buffer, at: number, end: number): number {
    const read = readValue(bytes, at, end);
    if (typeof read === 'string') return -1;
    this.values[this.count] = read.value;
    if (read.rounded) this.rounded++;
    return read.end;
  }

  #grow(): void {
    const ids = new Int32Array(this.ids.length * 2);
    const values = new Float64Array(ids.length);
    ids.set(this.ids);
    values.set(this.values);
    this.ids = ids;
    this.values = values;
  }
}
