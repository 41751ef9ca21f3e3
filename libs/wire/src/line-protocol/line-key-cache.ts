import { BytePattern } from './byte-pattern.js';
import { FieldLayout } from './field-layout.js';

/** A string field as it was sent last: while its bytes stay the same, no string is made of it. */
export interface TextMemo {
  readonly pattern: BytePattern;
  readonly value: string;
}

/** Measurement and tags as they stand in a line, with all that was found out about them when they were first seen. */
export class LineKey<Target> {
  readonly target: Target;
  readonly sender: number;
  /** Up to and including the space before the fields. */
  readonly pattern: BytePattern;
  readonly hash: number;
  readonly layout: FieldLayout;
  /** By layout index: what the receiver calls that field; -1 while it has not opened it. */
  readonly ids: number[] = [];
  readonly texts: (TextMemo | undefined)[] = [];
  generation = 0;
  /** The next one with the same hash. */
  next: LineKey<Target> | undefined;
  /** The one that followed last time: agents repeat their order. */
  follower: LineKey<Target> | undefined;

  constructor(target: Target, sender: number, bytes: Uint8Array, hash: number, layout: FieldLayout) {
    this.target = target;
    this.sender = sender;
    this.pattern = new BytePattern(bytes);
    this.hash = hash;
    this.layout = layout;
  }
}

/** What a key takes in memory besides its bytes, roughly; the bytes are kept twice. */
const keySizeBytes = 600;

/**
 * Line keys by sender and bytes, with the layouts of their measurements, in two generations of about `maxBytes`: when
 * the younger is full, the older is forgotten, so that what is in use stays.
 */
export class LineKeyCache<Target> {
  readonly #maxBytes: number;
  #young = new Map<number, LineKey<Target>>();
  #old = new Map<number, LineKey<Target>>();
  #youngBytes = 0;
  #layouts = new Map<string, FieldLayout>();
  generation = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The known key of this sender that stands at `at`; `hash` is that of `hashKey`. */
  find(sender: number, hash: number, view: DataView, at: number, length: number): LineKey<Target> | undefined {
    const found = findIn(this.#young.get(hash), sender, view, at, length);
    if (found) return found;
    const old = findIn(this.#old.get(hash), sender, view, at, length);
    if (old) this.keep(old);
    return old;
  }

  /** Enters a key, or moves one of the older generation to the younger. */
  keep(key: LineKey<Target>): void {
    if (this.#youngBytes >= this.#maxBytes) this.#rotate();
    const known = this.#young.get(key.hash);
    // A key that is looked up again replaces its former self, whose target is no longer valid.
    key.next = without(known, key);
    key.generation = this.generation;
    this.#young.set(key.hash, key);
    this.#youngBytes += keySizeBytes + 2 * key.pattern.length;
  }

  /** Counts what was added to a key or a layout. */
  charge(sizeBytes: number): void {
    this.#youngBytes += sizeBytes;
  }

  layoutOf(sender: number, measurement: string): FieldLayout {
    const name = `${sender} ${measurement}`;
    const known = this.#layouts.get(name);
    if (known) return known;
    const layout = new FieldLayout();
    this.#layouts.set(name, layout);
    this.charge(keySizeBytes);
    return layout;
  }

  #rotate(): void {
    // Forgotten keys must not hold each other, or a key in use would hold them all.
    for (const first of this.#old.values()) {
      for (let key: LineKey<Target> | undefined = first; key; key = key.next) key.follower = undefined;
    }
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
    this.#layouts.clear();
    this.generation++;
  }
}

function findIn<Target>(first: LineKey<Target> | undefined, sender: number, view: DataView, at: number, length: number): LineKey<Target> | undefined {
  for (let key = first; key; key = key.next) {
    if (key.sender === sender && key.pattern.length === length && key.pattern.standsAt(view, at)) return key;
  }
  return undefined;
}

/** Keys with the same hash that are kept: more would be somebody's intent. */
const maxChain = 8;

/** The chain without the key of the same bytes. */
function without<Target>(first: LineKey<Target> | undefined, gone: LineKey<Target>): LineKey<Target> | undefined {
  const kept: LineKey<Target>[] = [];
  for (let key = first; key; key = key.next) {
    if (kept.length < maxChain && (key.sender !== gone.sender || Buffer.compare(key.pattern.bytes, gone.pattern.bytes) !== 0)) kept.push(key);
  }
  for (const [i, key] of kept.entries()) key.next = kept[i + 1];
  return kept[0];
}
