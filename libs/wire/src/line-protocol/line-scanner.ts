import { BytePattern, isRepeated } from './byte-pattern.js';
import { byte, isBlank, isDigit, skipBlanks } from './byte.js';
import { findLineEnd } from './line-end.js';
import { LineKey, LineKeyCache } from './line-key-cache.js';
import type { LineScan, Refusal } from './line-scan.js';
import { units } from './precision.js';
import { readLine, type ParsedField, type ParsedLine } from './read-line.js';
import { readValue } from './read-value.js';
import { scanPlainNumber } from './scan-number.js';

/** What a line key leads to; `stale` sends the scanner back to `openKey`. */
export interface LineTarget {
  readonly stale: boolean;
}

/** Receives what lines say. Keys and fields are opened once, as long as the scanner remembers them. */
export interface LineSink<Target extends LineTarget> {
  openKey(measurement: string, tags: ReadonlyMap<string, string>): Target | Refusal;
  /** The number by which `line` names this field from now on, 0 or more. */
  openField(target: Target, name: string): number | Refusal;
  /** Asked once for each run of lines with the same timestamp. */
  refuseTime(timeMs: number): Refusal | undefined;
  /** A string field of the line that `line` is about to tell. */
  text(target: Target, name: string, value: string): Refusal | undefined;
  /** The first `count` entries of both arrays, which are used again for the next line. None for a line of strings. */
  line(target: Target, timeMs: number, ids: Int32Array, values: Float64Array, count: number): void;
}

/** No timestamp of InfluxDB's range is longer than this; the slow way judges what comes near it. */
const maxPlainMs = 9_223_372_036_854;

/**
 * Scans line protocol. Line keys that were seen before are known by their bytes, their fields by the bytes of their
 * names, so that repeated lines cost no string work; every line that is new or unusual goes through readLine.
 */
export class LineScanner<Target extends LineTarget> {
  readonly #keys: LineKeyCache<Target>;
  #ids = new Int32Array(256);
  #values = new Float64Array(256);
  /** Where the scan of the present line stands, and the texts that it met: layout indexes. */
  #texts: number[] = [];
  /** Texts of the present line that the receiver took. */
  #told = 0;
  #timeMs = 0;
  #timeRefusal: Refusal | undefined;

  /** At most 2 x `maxKeys` line keys are remembered. */
  constructor(maxKeys: number) {
    this.#keys = new LineKeyCache(maxKeys);
  }

  /** Scans on until the body is done or at least `sliceBytes` were read. */
  scan(scan: LineScan<Target>, sink: LineSink<Target>, sliceBytes: number): void {
    const { bytes, end } = scan;
    const sliceEnd = Math.min(end, scan.at + sliceBytes);
    let at = scan.at;
    while (at < sliceEnd) {
      if (bytes[at] === byte.newline) {
        at++;
        continue;
      }
      const key = this.#keyAt(scan, at);
      let next = -1;
      if (key) {
        next = this.#scanKnown(scan, sink, key, at);
        if (scan.previous) scan.previous.follower = key;
        scan.previous = key;
      }
      at = next >= 0 ? next : this.#readSlowly(scan, sink, at);
    }
    scan.at = at;
  }

  /** The known key that stands at `at`: first a look at the one that followed last time, then by hash. */
  #keyAt(scan: LineScan<Target>, at: number): LineKey<Target> | undefined {
    const { bytes } = scan;
    const follower = scan.previous?.follower;
    if (follower && follower.pattern.standsAt(scan.view, at) && !follower.target.stale) {
      if (follower.generation !== this.#keys.generation) this.#keys.keep(follower);
      return follower;
    }
    if (isBlank(bytes[at]!) || bytes[at] === byte.hash) return undefined;
    let hash = scan.sender;
    let i = at;
    for (let c = bytes[i]!; c !== byte.space || bytes[i - 1] === byte.backslash; c = bytes[++i]!) {
      if (c === byte.newline) return undefined;
      hash = Math.imul(hash ^ c, 0x01000193);
    }
    const known = this.#keys.find(scan.sender, hash & 0x3fffffff, scan.view, at, i + 1 - at);
    return known?.target.stale ? undefined : known;
  }

  /** Scans a line whose key and fields are known; -1 when the line needs a closer look. Nothing is handed on before the line is read whole. */
  #scanKnown(scan: LineScan<Target>, sink: LineSink<Target>, key: LineKey<Target>, start: number): number {
    const { bytes, view } = scan;
    const { names } = key.layout;
    let at = start + key.pattern.length;
    let count = 0;
    let rounded = 0;
    this.#texts.length = 0;
    for (let expected = 0; ; expected++) {
      if (expected >= names.length || !names[expected]!.standsAt(view, at)) expected = key.layout.findAt(bytes, view, at);
      const id = key.ids[expected];
      if (id === undefined) return -1;
      at += names[expected]!.length;
      if (bytes[at] === byte.quote) {
        at = this.#knownText(key, expected, scan, at);
        if (at < 0) return -1;
      } else {
        if (id < 0) return -1;
        if (count === this.#ids.length) this.#grow();
        let stop = scanPlainNumber(bytes, at, this.#values, count);
        if (stop < 0) {
          const read = readValue(bytes, at, scan.end);
          if (typeof read === 'string') return -1;
          this.#values[count] = read.value;
          if (read.rounded) rounded++;
          stop = read.end;
        }
        this.#ids[count++] = id;
        at = stop;
      }
      if (bytes[at] !== byte.comma) break;
      at++;
    }
    // Strings and keys may hold newlines: one that ran over the end has read what an earlier body left behind.
    if (at > scan.end) return -1;
    const next = this.#scanTime(scan, sink, at);
    if (next < 0 || this.#timeRefusal) return -1;
    scan.rounded += rounded;
    this.#told = 0;
    for (const index of this.#texts) this.#tell(scan, sink, key.target, key.layout.nameOf(index), key.texts[index]!.value, start);
    this.#deliver(scan, sink, key.target, count);
    return next;
  }

  /** Behind a string that is the same as last time; -1 otherwise. */
  #knownText(key: LineKey<Target>, index: number, { bytes, view }: LineScan<Target>, at: number): number {
    const memo = key.texts[index];
    if (!memo || !memo.pattern.standsAt(view, at)) return -1;
    const stop = at + memo.pattern.length;
    const c = bytes[stop];
    if (c !== byte.comma && c !== byte.space && c !== byte.newline) return -1;
    this.#texts.push(index);
    return stop;
  }

  /** Reads an optional timestamp at the end of the fields; returns where the next line starts, or -1. */
  #scanTime(scan: LineScan<Target>, sink: LineSink<Target>, fieldsEnd: number): number {
    const { bytes } = scan;
    this.#timeRefusal = undefined;
    if (bytes[fieldsEnd] === byte.newline) {
      this.#timeMs = scan.arrivalTimeMs;
      return fieldsEnd + 1;
    }
    const start = fieldsEnd + 1;
    if (scan.stampLength >= 4 && isRepeated(scan.view, scan.stampAt, start, scan.stampLength)) {
      this.#timeMs = scan.stampMs;
      this.#timeRefusal = scan.stampRefusal;
      return start + scan.stampLength;
    }
    let i = start;
    while (isDigit(bytes[i]!)) i++;
    const unit = units[scan.precision];
    const whole = i - unit.decimals;
    if (whole <= start || whole - start > 15) return -1;
    let ms = 0;
    for (let k = start; k < whole; k++) ms = ms * 10 + (bytes[k]! - 48);
    ms *= unit.ms;
    let rest = 0;
    for (let k = whole; k < i; k++) rest = rest * 10 + (bytes[k]! - 48);
    if (unit.decimals > 0) ms += rest / (unit.decimals === 6 ? 1e6 : 1e3);
    if (bytes[i] === byte.carriageReturn) i++;
    if (bytes[i] !== byte.newline || ms >= maxPlainMs) return -1;
    scan.stampAt = start;
    scan.stampLength = i + 1 - start;
    scan.stampMs = this.#timeMs = ms;
    scan.stampRefusal = this.#timeRefusal = sink.refuseTime(ms);
    return i + 1;
  }

  #deliver(scan: LineScan<Target>, sink: LineSink<Target>, target: Target, count: number): void {
    scan.lines++;
    scan.samples += count;
    // Nothing is left of a line whose every field was refused.
    if (count + this.#told > 0) sink.line(target, this.#timeMs, this.#ids, this.#values, count);
  }

  #tell(scan: LineScan<Target>, sink: LineSink<Target>, target: Target, name: string, value: string, lineAt: number): void {
    const refusal = sink.text(target, name, value);
    if (refusal) scan.refuse(lineAt, refusal);
    else this.#told++;
  }

  /** Reads one line at leisure: new keys and fields, odd spacing, comments, and everything that is wrong. */
  #readSlowly(scan: LineScan<Target>, sink: LineSink<Target>, at: number): number {
    const { bytes, end } = scan;
    const start = skipBlanks(bytes, at, end);
    if (bytes[start] === byte.hash) return bytes.indexOf(byte.newline, start) + 1;
    const lineEnd = findLineEnd(bytes, start, end);
    if (start >= lineEnd || (bytes[start] === byte.carriageReturn && start + 1 === lineEnd)) return lineEnd + 1;
    const parsed = readLine(bytes, start, lineEnd, scan.precision);
    if (typeof parsed === 'string') {
      scan.lines++;
      scan.refuse(at, { reason: 'syntax', message: parsed });
      return lineEnd + 1;
    }
    const timeMs = parsed.timeMs ?? scan.arrivalTimeMs;
    const timeRefusal = parsed.timeMs === undefined ? undefined : sink.refuseTime(timeMs);
    const key = timeRefusal ?? this.#openKey(scan, sink, parsed, start);
    if (!(key instanceof LineKey)) {
      scan.lines++;
      scan.refuse(at, key);
      return lineEnd + 1;
    }
    if (scan.previous) scan.previous.follower = key;
    scan.previous = key;
    let count = 0;
    this.#told = 0;
    for (const field of parsed.fields) count = this.#openField(scan, sink, key, field, count, at);
    this.#timeMs = timeMs;
    this.#deliver(scan, sink, key.target, count);
    return lineEnd + 1;
  }

  #openKey(scan: LineScan<Target>, sink: LineSink<Target>, { measurement, tags, keyEnd }: ParsedLine, start: number): LineKey<Target> | Refusal {
    const { bytes, sender } = scan;
    let hash = sender;
    for (let i = start; i < keyEnd; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const known = this.#keys.find(sender, hash & 0x3fffffff, scan.view, start, keyEnd + 1 - start);
    if (known && !known.target.stale) return known;
    const target = sink.openKey(measurement, tags);
    if ('reason' in target) return target;
    const key = new LineKey(target, sender, bytes.subarray(start, keyEnd + 1), hash & 0x3fffffff, this.#keys.layoutOf(sender, measurement));
    this.#keys.keep(key);
    return key;
  }

  /** Puts a field of the slow way into the line; returns the new count. */
  #openField(scan: LineScan<Target>, sink: LineSink<Target>, key: LineKey<Target>, field: ParsedField, count: number, lineAt: number): number {
    const { bytes } = scan;
    // Blanks in front of the first field are skipped, so a name that begins with one has no bytes to be known by.
    const index = isBlank(bytes[field.start]!) ? -1 : key.layout.indexOf(field.name, bytes, field.start, field.end);
    while (key.ids.length <= index) key.ids.push(-1);
    if (typeof field.value === 'string') {
      const raw = bytes.subarray(field.end, field.valueEnd);
      if (index >= 0) key.texts[index] = { pattern: new BytePattern(raw), value: field.value };
      this.#tell(scan, sink, key.target, field.name, field.value, lineAt);
      return count;
    }
    const known = key.ids[index] ?? -1;
    const id = known >= 0 ? known : sink.openField(key.target, field.name);
    if (typeof id !== 'number') {
      scan.refuse(lineAt, id);
      return count;
    }
    if (index >= 0) key.ids[index] = id;
    if (count === this.#ids.length) this.#grow();
    this.#ids[count] = id;
    this.#values[count] = field.value;
    if (field.rounded) scan.rounded++;
    return count + 1;
  }

  #grow(): void {
    const ids = new Int32Array(this.#ids.length * 2);
    const values = new Float64Array(ids.length);
    ids.set(this.#ids);
    values.set(this.#values);
    this.#ids = ids;
    this.#values = values;
  }
}
