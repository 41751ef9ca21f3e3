import { valuesOfCompound, valuesOfMixed } from './log-template-limits.js';
import { variableText, type LogToken } from './log-token.js';

/** A template, and the lines that had it. */
export interface LogTemplate {
  /** Rises with the order of first lines; where templates become one, the older id stays. */
  readonly id: number;
  /** Changes when places turn out to be values. */
  tokens: string[];
  /** Which tokens had a blank in front. */
  readonly spaced: readonly boolean[];
  lines: number;
  /** The number of the newest line. */
  lastLine: number;
  /** What it became part of. */
  into: LogTemplate | undefined;
}

/** A place in a family that may be a value. */
export interface TemplateSlot {
  readonly at: number;
  isVariable: boolean;
  isMixed: boolean;
  /** Was a word at first, and takes any word by now. */
  isOpen: boolean;
  values: string[];
}

const slotText = '';

/** Templates that differ in likely values alone: same constants at the same places. */
export class TemplateFamily {
  /** Constant tokens; slots are empty. */
  readonly outline: readonly string[];
  readonly slots: readonly TemplateSlot[];
  /** Where words stand. */
  readonly words: readonly number[];
  readonly #templates = new Map<string, LogTemplate>();

  constructor(outline: readonly string[], slots: readonly TemplateSlot[], words: readonly number[]) {
    this.outline = outline;
    this.slots = slots;
    this.words = words;
  }

  static of(tokens: readonly LogToken[]): TemplateFamily {
    const slots: TemplateSlot[] = [];
    const words: number[] = [];
    tokens.forEach(({ kind }, at) => {
      if (kind === 'word') words.push(at);
      else if (kind !== 'mark') slots.push({ at, isVariable: kind === 'variable', isMixed: false, isOpen: false, values: [] });
    });
    return new TemplateFamily(outlineOf(tokens), slots, words);
  }

  get templates(): Iterable<LogTemplate> {
    return this.#templates.values();
  }

  get size(): number {
    return this.#templates.size;
  }

  get key(): string {
    return outlineKey(this.outline);
  }

  get isOpen(): boolean {
    return this.slots.some((slot) => slot.isOpen);
  }

  /** Whether a line of these tokens belongs here; `outline` is theirs. */
  accepts(tokens: readonly LogToken[], outline: readonly string[]): boolean {
    if (outline.length !== this.outline.length) return false;
    let next = 0;
    for (let at = 0; at < outline.length; at++) {
      const slot = this.slots[next]?.at === at ? this.slots[next++] : undefined;
      if (!slot ? outline[at] !== this.outline[at] : outline[at] !== slotText && !(slot.isOpen && tokens[at]!.kind === 'word')) return false;
    }
    return true;
  }

  /** Takes note of the values of a line; true when a slot turned out to be a value. */
  learn(tokens: readonly LogToken[]): boolean {
    let changed = false;
    for (const slot of this.slots) {
      if (slot.isVariable) continue;
      const { text, kind } = tokens[slot.at]!;
      if (kind === 'mixed') slot.isMixed = true;
      if (kind === 'variable') slot.isVariable = true;
      else noteValue(slot, text);
      changed ||= slot.isVariable;
    }
    if (changed) this.#regroup();
    return changed;
  }

  /** The template of a line that belongs here. */
  find(tokens: readonly LogToken[]): LogTemplate | undefined {
    return this.#templates.get(this.#keyOf((at) => tokens[at]!.text));
  }

  /** Adds a template; where its values are already those of another, the two become one. */
  put(template: LogTemplate): void {
    for (const slot of this.slots) if (slot.isVariable) template.tokens[slot.at] = variableText;
    const key = this.#keyOf((at) => template.tokens[at]!);
    const known = this.#templates.get(key);
    this.#templates.set(key, known && known !== template ? join(known, template) : template);
  }

  /** For a state that is read back: the template is as it was put. */
  restore(template: LogTemplate): void {
    this.#templates.set(this.#keyOf((at) => template.tokens[at]!), template);
  }

  remove(template: LogTemplate): void {
    this.#templates.delete(this.#keyOf((at) => template.tokens[at]!));
  }

  #regroup(): void {
    const all = [...this.#templates.values()];
    this.#templates.clear();
    for (const template of all) this.put(template);
  }

  #keyOf(textAt: (at: number) => string): string {
    return outlineKey(this.slots.map((slot) => (slot.isVariable ? slotText : textAt(slot.at))));
  }
}

/** Constants of a line; empty where a value may stand. */
export function outlineOf(tokens: readonly LogToken[]): readonly string[] {
  return tokens.map(({ text, kind }) => (kind === 'word' || kind === 'mark' ? text : slotText));
}

export function outlineKey(outline: readonly string[]): string {
  return outline.map((text) => `${text}\0`).join('');
}

/** One family of several that differ in the word at `at` alone, which is a value from now on. */
export function joinFamilies(families: readonly TemplateFamily[], at: number): TemplateFamily {
  const first = families[0]!;
  const slots = new Map<number, TemplateSlot>();
  for (const { slots: theirs } of families) for (const slot of theirs) slots.set(slot.at, joinSlots(slots.get(slot.at), slot));
  slots.set(at, { at, isVariable: true, isMixed: false, isOpen: true, values: [] });
  const outline = first.outline.map((text, i) => (i === at ? slotText : text));
  const joined = new TemplateFamily(outline, [...slots.values()].toSorted((a, b) => a.at - b.at), first.words.filter((word) => word !== at));
  for (const { templates } of families) for (const template of templates) joined.put(template);
  return joined;
}

function joinSlots(one: TemplateSlot | undefined, other: TemplateSlot): TemplateSlot {
  if (!one) return { ...other, values: [...other.values] };
  const slot = { at: one.at, isVariable: one.isVariable || other.isVariable, isMixed: one.isMixed || other.isMixed, isOpen: one.isOpen || other.isOpen, values: one.values };
  for (const value of other.values) if (!slot.isVariable) noteValue(slot, value);
  if (slot.isVariable) slot.values = [];
  return slot;
}

function noteValue(slot: TemplateSlot, value: string): void {
  if (!slot.values.includes(value)) slot.values.push(value);
  if (slot.values.length < (slot.isMixed ? valuesOfMixed : valuesOfCompound)) return;
  slot.isVariable = true;
  slot.values = [];
}

function join(one: LogTemplate, other: LogTemplate): LogTemplate {
  const [older, younger] = one.id < other.id ? [one, other] : [other, one];
  older.lines += younger.lines;
  older.lastLine = Math.max(older.lastLine, younger.lastLine);
  older.tokens = one.tokens;
  younger.into = older;
  return older;
}
