import { BytePattern, isRepeated } from './byte-pattern.js';
import { byte, isBlank, isDigit, skipBlanks } from './byte.js';
import { FieldScan } from './field-scan.js';
import { findLineEnd } from './line-end.js';
import { LineKey, LineKeyCache } from './line-key-cache.js';
import type { LineScan, Refusal } from './line-scan.js';
import { units } from './precision.js';
import { readKey, readLine, type ParsedField, type ParsedLine } from './read-line.js';

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
  /** The first `count` entries of both arrays, which are used again for the next line. None for a line of strings. `sizeBytes`: of the line as it was sent. */
  line(target: Target, timeMs: number, ids: Int32Array, values: Float64Array, count: number, sizeBytes: number): void;
}

/** No timestamp of InfluxDB's range is longer than this; the slow way judges what comes near it. */
const maxPlainMs = 9_223_372_036_854;
/** Strings up to here are recognised when they come again. */
const maxMemoBytes = 1024;
const none: readonly never[] = [];

/**
 * Scans line protocol. Line keys that were seen before are known by their bytes, their fields by the bytes of their
 * names, so that repeated lines cost no string work; every line that is new or unusual goes through readLine.
 */
export class LineScanner<Target extends LineTarget> {
  readonly #keys: LineKeyCache<Target>;
  /** Of the present line. */
  readonly #fields = new FieldScan();
  #timeMs = 0;
  #timeRefusal: Refusal | undefined;

  /** What is remembered takes about 2 x `maxBytes` at most. */
  constructor(maxBytes: number) {
    this.#keys = new LineKeyCache(maxBytes);
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
      const next = key ? this.#scanKnown(scan, sink, key, at) : -1;
      at = next >= 0 ? next : this.#readSlowly(scan, sink, at, key);
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

  /** Scans a line whose key is known; -1 when the line needs a closer look. Nothing is handed on before the line is read whole. */
  #scanKnown(scan: LineScan<Target>, sink: LineSink<Target>, key: LineKey<Target>, start: number): number {
    const fieldsEnd = this.#fields.scan(scan, key.layout, key.ids, key.texts, start + key.pattern.length);
    if (fieldsEnd < 0) return -1;
    const next = this.#scanTime(scan, sink, fieldsEnd);
    if (next < 0 || this.#timeRefusal) return -1;
    this.#deliver(scan, sink, key, start, next);
    return next;
  }

  /** Scans a line whose key is new, while its fields are those of other keys of the measurement; -1 otherwise. */
  #scanNew(scan: LineScan<Target>, sink: LineSink<Target>, start: number, lineEnd: number): number {
    const head = readKey(scan.bytes, start, lineEnd);
    if (typeof head === 'string') return -1;
    const layout = this.#keys.layoutOf(scan.sender, head.value.measurement);
    const fieldsEnd = this.#fields.scan(scan, layout, none, none, head.at + 1);
    if (fieldsEnd < 0) return -1;
    const next = this.#scanTime(scan, sink, fieldsEnd);
    if (next < 0 || this.#timeRefusal) return -1;
    const key = this.#openKey(scan, sink, head.value.measurement, head.value.tags, start, head.at);
    // A key that is known after all (blanks stood in front of it) may be older than this layout: it numbers fields otherwise.
    if (key instanceof LineKey && key.layout !== layout) return -1;
    if (key instanceof LineKey) this.#deliver(scan, sink, key, start, next);
    else this.#refuseLine(scan, start, key);
    return next;
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

  /** Hands on the fields of a line that was read whole; the next one starts at `nextAt`. */
  #deliver(scan: LineScan<Target>, sink: LineSink<Target>, key: LineKey<Target>, lineAt: number, nextAt: number): void {
    const fields = this.#fields;
    if (scan.previous) scan.previous.follower = key;
    scan.previous = key;
    if (fields.hasUnopened) this.#openFields(scan, sink, key, lineAt);
    for (const index of fields.texts) this.#tell(scan, sink, key, key.layout.nameOf(index), key.texts[index]!.value, lineAt);
    scan.lines++;
    scan.samples += fields.count;
    scan.rounded += fields.rounded;
    // Nothing is left of a line whose every field was refused.
    if (fields.count + fields.told > 0) sink.line(key.target, this.#timeMs, fields.ids, fields.values, fields.count, nextAt - lineAt);
  }

  #tell(scan: LineScan<Target>, sink: LineSink<Target>, key: LineKey<Target>, name: string, value: string, lineAt: number): void {
    const refusal = sink.text(key.target, name, value);
    if (refusal) scan.refuse(lineAt, refusal);
    else this.#fields.told++;
  }

  /** Asks for the ids of fields that are new for this key, and leaves out those that are refused. */
  #openFields(scan: LineScan<Target>, sink: LineSink<Target>, key: LineKey<Target>, lineAt: number): void {
    const { ids, values, count } = this.#fields;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const index = ~ids[i]!;
      const id = index < 0 ? ids[i]! : this.#openField(sink, key, index, key.layout.nameOf(index));
      if (typeof id === 'number') {
        ids[kept] = id;
        values[kept++] = values[i]!;
      } else scan.refuse(lineAt, id);
    }
    this.#fields.count = kept;
  }

  /** `index` in the layout; -1 for a field that the layout does not hold. */
  #openField(sink: LineSink<Target>, key: LineKey<Target>, index: number, name: string): number | Refusal {
    for (; key.ids.length <= index; key.ids.push(-1)) this.#keys.charge(8);
    const known = key.ids[index] ?? -1;
    if (known >= 0) return known;
    const id = sink.openField(key.target, name);
    if (index >= 0 && typeof id === 'number') key.ids[index] = id;
    return id;
  }

  /** Reads one line at leisure: new keys and fields, odd spacing, comments, and everything that is wrong. */
  #readSlowly(scan: LineScan<Target>, sink: LineSink<Target>, at: number, known: LineKey<Target> | undefined): number {
    const { bytes, end } = scan;
    const start = skipBlanks(bytes, at, end);
    if (bytes[start] === byte.hash) return bytes.indexOf(byte.newline, start) + 1;
    const lineEnd = findLineEnd(bytes, start, end);
    if (start >= lineEnd || (bytes[start] === byte.carriageReturn && start + 1 === lineEnd)) return lineEnd + 1;
    const next = known ? -1 : this.#scanNew(scan, sink, start, lineEnd);
    if (next >= 0) return next;
    const parsed = readLine(bytes, start, lineEnd, scan.precision);
    if (typeof parsed === 'string') this.#refuseLine(scan, at, { reason: 'syntax', message: parsed });
    else this.#takeParsed(scan, sink, parsed, start, lineEnd + 1);
    return lineEnd + 1;
  }

  #takeParsed(scan: LineScan<Target>, sink: LineSink<Target>, parsed: ParsedLine, start: number, nextAt: number): void {
    const { bytes } = scan;
    this.#timeMs = parsed.timeMs ?? scan.arrivalTimeMs;
    const timeRefusal = parsed.timeMs === undefined ? undefined : sink.refuseTime(parsed.timeMs);
    const key = timeRefusal ?? this.#openKey(scan, sink, parsed.measurement, parsed.tags, start, parsed.keyEnd);
    if (!(key instanceof LineKey)) return this.#refuseLine(scan, start, key);
    const fields = this.#fields;
    fields.clear();
    for (const field of parsed.fields) {
      const index = this.#indexOf(key, field, bytes);
      if (typeof field.value === 'number') {
        const id = this.#openField(sink, key, index, field.name);
        if (typeof id === 'number') fields.add(id, field.value);
        else scan.refuse(start, id);
        if (field.rounded) fields.rounded++;
      } else {
        if (index >= 0) this.#remember(key, index, bytes.subarray(field.end, field.valueEnd), field.value);
        this.#tell(scan, sink, key, field.name, field.value, start);
      }
    }
    this.#deliver(scan, sink, key, start, nextAt);
  }

  #indexOf(key: LineKey<Target>, { name, start, end }: ParsedField, bytes: Buffer): number {
    const before = key.layout.names.length;
    const index = key.layout.indexOf(name, bytes, start, end);
    if (key.layout.names.length > before) this.#keys.charge(300 + 3 * name.length);
    return index;
  }

  #remember(key: LineKey<Target>, index: number, raw: Uint8Array, value: string): void {
    key.texts[index] = raw.length <= maxMemoBytes ? { pattern: new BytePattern(raw), value } : undefined;
    this.#keys.charge(Math.min(raw.length, maxMemoBytes) * 3);
  }

  #openKey(scan: LineScan<Target>, sink: LineSink<Target>, measurement: string, tags: ReadonlyMap<string, string>, start: number, keyEnd: number): LineKey<Target> | Refusal {
    const { bytes, sender } = scan;
    let hash = sender;
    for (let i = start; i < keyEnd; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    hash &= 0x3fffffff;
    const known = this.#keys.find(sender, hash, scan.view, start, keyEnd + 1 - start);
    if (known && !known.target.stale) return known;
    const target = sink.openKey(measurement, tags);
    if ('reason' in target) return target;
    const key = new LineKey(target, sender, bytes.subarray(start, keyEnd + 1), hash, this.#keys.layoutOf(sender, measurement));
    this.#keys.keep(key);
    return key;
  }

  #refuseLine(scan: LineScan<Target>, lineAt: number, refusal: Refusal): void {
    scan.lines++;
    scan.refuse(lineAt, refusal);
  }
}
