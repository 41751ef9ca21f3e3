/** Line protocol straight into bytes: no string is made for a window whose numbers are short. */

const initialBytes = 1 << 20;
/** Most bytes of one line beyond its names: nine numbers and their field names. */
const lineBytesAtMost = 512;
const pairs = Buffer.from(Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')).join(''));

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const names = {
  avg: ascii(' avg='), at: ascii(',at='), restSum: ascii(',rest_sum='), restCount: ascii(',rest_count='), min: ascii('i,min='), max: ascii(',max='), last: ascii(',last='), lastTime: ascii(',last_time='),
};

/** The numbers of a window. A window of one sample is written in a short form unless it may stand on other fields. */
export interface WindowRow {
  count: number;
  sum: number;
  min: number;
  max: number;
  last: number;
  lastTimeMs: number;
}

/**
 * Fields: avg always. A window of one sample adds `at` (its time). Any other adds rest_sum (sum - avg), rest_count
 * (count - 1), min, max, last and last_time. So half of the fields are enough for the usual window, and InfluxDB can
 * still aggregate by itself: the least of all avg and min is the minimum, the sums of avg and rest_sum are the sum.
 */
export class LineEncoder {
  #bytes = Buffer.allocUnsafe(initialBytes);
  #end = 0;
  #lines = 0;

  get lines(): number {
    return this.#lines;
  }

  get byteLength(): number {
    return this.#end;
  }

  /** What was written since the last call, valid until the next write. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    this.#lines = 0;
    return taken;
  }

  /**
   * Appends one window. `source` holds the measurement and its tags from `from` to `to`, `tags` the rest of them, `tail`
   * the revision and the timestamp. `whole` writes every field.
   */
  add(source: Buffer, from: number, to: number, tags: Buffer, row: WindowRow, tail: Buffer, whole: boolean): void {
    this.#reserve(to - from + tags.length + tail.length + lineBytesAtMost);
    const { count, sum, min, max, last, lastTimeMs } = row;
    // Rounding may carry an average a last digit past its bounds.
    const avg = Math.min(Math.max(sum / count, min), max);
    const isSingle = count === 1 && sum === min && sum === max && sum === last;
    source.copy(this.#bytes, this.#end, from, to);
    this.#end += to - from;
    this.#text(tags);
    this.#text(names.avg);
    this.#double(avg);
    if (isSingle || whole) {
      this.#text(names.at);
      this.#integer(lastTimeMs);
      if (whole) this.#bytes[this.#end++] = 0x69;
    }
    if (!isSingle || whole) {
      this.#text(names.restSum);
      this.#double(sum - avg);
      this.#text(names.restCount);
      this.#integer(count - 1);
      this.#text(names.min);
      this.#double(min);
      this.#text(names.max);
      this.#double(max);
      this.#text(names.last);
      this.#double(last);
      this.#text(names.lastTime);
      this.#integer(lastTimeMs);
    }
    this.#text(tail);
    this.#lines += 1;
  }

  /** Appends a finished line. */
  addLine(line: string): void {
    this.#reserve(line.length + 1);
    this.#end += this.#bytes.write(`${line}\n`, this.#end, 'latin1');
    this.#lines += 1;
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + more));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }

  #text(text: Buffer): void {
    const bytes = this.#bytes;
    let end = this.#end;
    for (let i = 0; i < text.length; i++) bytes[end++] = text[i]!;
    this.#end = end;
  }

  #double(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 1e15) return this.#integer(value);
    const scaled = Math.round(value * 1e4);
    // Both are the double that is nearest to this decimal: reading it back gives the same bits.
    if (Math.abs(scaled) < 1e15 && scaled / 1e4 === value) return this.#decimal(scaled);
    const text = String(value);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#end++] = text.charCodeAt(i);
  }

  /** Ten-thousandths. */
  #decimal(scaled: number): void {
    if (scaled < 0) this.#bytes[this.#end++] = 0x2d;
    const positive = Math.abs(scaled);
    const whole = Math.floor(positive / 1e4);
    this.#integer(whole);
    const rest = positive - whole * 1e4;
    this.#bytes[this.#end++] = 0x2e;
    this.#pair(Math.floor(rest / 100));
    if (rest % 100 !== 0) this.#pair(rest % 100);
  }

  #integer(value: number): void {
    let rest = value;
    if (rest < 0) {
      this.#bytes[this.#end++] = 0x2d;
      rest = -rest;
    }
    let digits = 1;
    for (let power = 10; power <= rest; power *= 10) digits += 1;
    const end = this.#end + digits;
    let at = end;
    while (rest >= 100) {
      const upper = Math.floor(rest / 100);
      const two = rest - upper * 100;
      this.#bytes[--at] = pairs[two * 2 + 1]!;
      this.#bytes[--at] = pairs[two * 2]!;
      rest = upper;
    }
    if (rest >= 10) {
      this.#bytes[--at] = pairs[rest * 2 + 1]!;
      this.#bytes[--at] = pairs[rest * 2]!;
    } else this.#bytes[--at] = 0x30 + rest;
    this.#end = end;
  }

  #pair(two: number): void {
    this.#bytes[this.#end++] = pairs[two * 2]!;
    this.#bytes[this.#end++] = pairs[two * 2 + 1]!;
  }
}

/** The end of every line of a batch: its revision (after an integer field) and its timestamp. */
export function lineTail(revision: number, startMs: number): Buffer {
  return ascii(`i,revision=${revision}i ${startMs}\n`);
}
