import { minOtherWords, valuesOfWord } from './log-template-limits.js';
import type { LogToken } from './log-token.js';
import { NeighbourIndex, OutlineHash } from './neighbour-index.js';
import { joinFamilies, outlineKey, outlineOf, TemplateFamily, type LogTemplate, type TemplateSlot } from './template-family.js';

/** A family as JSON; `slots` are places whose constant is empty. */
export interface TemplateFamilyState {
  readonly outline: readonly string[];
  readonly slots: readonly TemplateSlot[];
  readonly words: readonly number[];
  /** Oldest first. */
  readonly templates: readonly { readonly id: number; readonly tokens: readonly string[]; readonly spaced: readonly boolean[]; readonly lines: number; readonly lastLine: number }[];
}

/** All families of one stream. Words that turn out to be values make families one. */
export class TemplateForest {
  readonly #families = new Map<string, TemplateFamily>();
  /** Families that take any word somewhere, by their length. */
  readonly #open = new Map<number, TemplateFamily[]>();
  #neighbours = new NeighbourIndex();
  #size = 0;

  /** Templates. */
  get size(): number {
    return this.#size;
  }

  /** The template of a line with these tokens; `nextId` is asked for one that is new. */
  place(tokens: readonly LogToken[], nextId: () => number): LogTemplate {
    const outline = outlineOf(tokens);
    const known = this.#families.get(outlineKey(outline)) ?? this.#open.get(tokens.length)?.find((family) => family.accepts(tokens, outline));
    const family = known ?? TemplateFamily.of(tokens);
    const before = family.size;
    const changed = family.learn(tokens);
    let template = family.find(tokens);
    if (!template) {
      template = { id: nextId(), tokens: tokens.map(({ text }) => text), spaced: tokens.map(({ spaced }) => spaced), lines: 0, lastLine: 0, into: undefined };
      family.put(template);
    }
    this.#size += family.size - before;
    if (!known) this.#add(family);
    if (changed || !known) this.#settle(family);
    while (template.into) template = template.into;
    return template;
  }

  /** Every template. */
  *templates(): Iterable<LogTemplate> {
    for (const family of this.#families.values()) yield* family.templates;
  }

  /** Families in the order in which lines look for them. */
  *states(): Iterable<TemplateFamilyState> {
    const open = [...this.#open.values()].flat();
    const closed = [...this.#families.values()].filter((family) => !family.isOpen);
    for (const { outline, slots, words, templates } of [...closed, ...open]) {
      yield { outline, slots: slots.map((slot) => ({ ...slot, values: [...slot.values] })), words, templates: [...templates].map(({ id, tokens, spaced, lines, lastLine }) => ({ id, tokens: [...tokens], spaced, lines, lastLine })) };
    }
  }

  restore({ outline, slots, words, templates }: TemplateFamilyState): void {
    const family = new TemplateFamily(outline, slots.map((slot) => ({ ...slot, values: [...slot.values] })), words);
    for (const template of templates) family.restore({ ...template, tokens: [...template.tokens], into: undefined });
    this.#size += family.size;
    this.#add(family);
  }

  /** Drops the `count` templates that were not seen for longest. */
  forgetOldest(count: number): void {
    const all = [...this.#families.values()].flatMap((family) => [...family.templates].map((template) => ({ family, template })));
    all.sort((a, b) => a.template.lastLine - b.template.lastLine);
    for (const { family, template } of all.slice(0, count)) {
      family.remove(template);
      if (family.size === 0) this.#remove(family);
    }
    this.#size = Math.max(0, this.#size - count);
  }

  #add(family: TemplateFamily): void {
    this.#families.set(family.key, family);
    this.#neighbours.add(family);
    if (!family.isOpen) return;
    const length = family.outline.length;
    const list = this.#open.get(length);
    if (list) list.push(family);
    else this.#open.set(length, [family]);
  }

  #remove(family: TemplateFamily): void {
    this.#families.delete(family.key);
    this.#neighbours.remove(family);
    if (!family.isOpen) return;
    const length = family.outline.length;
    const rest = this.#open.get(length)!.filter((one) => one !== family);
    if (rest.length > 0) this.#open.set(length, rest);
    else this.#open.delete(length);
  }

  /** Joins families as long as a place of this one turns out to be a value. */
  #settle(start: TemplateFamily): void {
    for (let family: TemplateFamily | undefined = start; family; ) family = this.#joinOnce(family);
  }

  #joinOnce(family: TemplateFamily): TemplateFamily | undefined {
    const hashes = new OutlineHash(family.outline);
    if (family.words.length > minOtherWords) {
      for (const at of family.words) {
        const alike = this.#neighbours.at(hashes, at);
        const slotted = this.#families.get(outlineKey(family.outline.with(at, '')));
        const isValue = slotted?.slots.find((slot) => slot.at === at)?.isVariable;
        if (isValue || alike.length >= valuesOfWord) return this.#join(slotted ? [...alike, slotted] : alike, at);
      }
    }
    if (family.words.length < minOtherWords) return undefined;
    for (const { at, isVariable } of family.slots) {
      const alike = isVariable ? this.#neighbours.at(hashes, at) : [];
      if (alike.length > 0) return this.#join([family, ...alike], at);
    }
    return undefined;
  }

  #join(families: readonly TemplateFamily[], at: number): TemplateFamily {
    for (const family of families) {
      this.#remove(family);
      this.#size -= family.size;
    }
    const joined = joinFamilies(families, at);
    this.#size += joined.size;
    this.#add(joined);
    return joined;
  }
}
