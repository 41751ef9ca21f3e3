/** Finds the templates of a stream of log lines: the constant text of what programs print. Read this file first. */
import { canonicalTokens } from './canonical-tokens.js';
import { LineScanner } from './line-scanner.js';
import { defaultLogTemplateLimits, type LogTemplateLimits } from './log-template-limits.js';
import type { LogToken } from './log-token.js';
import type { LogTemplate } from './template-family.js';
import { TemplateForest, type TemplateFamilyState } from './template-forest.js';

export type { LogTemplate } from './template-family.js';

const formatVersion = 1;

/** Everything that a miner knows, as JSON. */
export interface LogTemplateState {
  readonly formatVersion: number;
  readonly lines: number;
  readonly nextId: number;
  readonly families: readonly TemplateFamilyState[];
  /** Numbers of masked lines, each with the id of its template. */
  readonly known: readonly (readonly [line: number, template: number])[];
}

/**
 * Streaming, with one configuration for all systems. A line is masked (values by their shape), and nearly always looks like
 * one that was seen: then it costs a scan and a look-up. Else its tokens are brought to a canonical form, which leads to a
 * family, and within it to a template. Places turn into values as the stream shows different ones there; templates that
 * differed there become one: `finalTemplate` tells where a template ended up.
 */
export class LogTemplateMiner {
  readonly #limits: LogTemplateLimits;
  readonly #scanner = new LineScanner();
  readonly #forest: TemplateForest;
  readonly #known = new Map<number, LogTemplate>();
  #lines = 0;
  #nextId = 1;

  constructor(limits: LogTemplateLimits = defaultLogTemplateLimits) {
    this.#limits = limits;
    this.#forest = new TemplateForest();
  }

  /** A miner that goes on where `state` was taken: it gives the same templates to the same lines. Throws on an unknown format. */
  static from(state: LogTemplateState, limits: LogTemplateLimits = defaultLogTemplateLimits): LogTemplateMiner {
    if (state.formatVersion !== formatVersion) throw new Error(`log template state has format ${state.formatVersion}, this version reads ${formatVersion}`);
    const miner = new LogTemplateMiner(limits);
    miner.#lines = state.lines;
    miner.#nextId = state.nextId;
    for (const family of state.families) miner.#forest.restore(family);
    const byId = new Map([...miner.#forest.templates()].map((template) => [template.id, template]));
    for (const [line, id] of state.known) {
      const template = byId.get(id);
      if (template) miner.#known.set(line, template);
    }
    return miner;
  }

  state(): LogTemplateState {
    const known = [...this.#known].map(([line, template]) => [line, finalTemplate(template).id] as const);
    return { formatVersion, lines: this.#lines, nextId: this.#nextId, families: [...this.#forest.states()], known };
  }

  /** What is known by now, in no order. */
  templates(): Iterable<LogTemplate> {
    return this.#forest.templates();
  }

  get templateCount(): number {
    return this.#forest.size;
  }

  get lineCount(): number {
    return this.#lines;
  }

  /** The template of a line, as far as it is known by now. */
  add(line: string): LogTemplate {
    const key = this.#scanner.scan(line);
    let template = this.#known.get(key);
    if (!template || template.into) {
      template = template ? finalTemplate(template) : this.#place(canonicalTokens(this.#scanner.tokens()));
      if (this.#known.size >= this.#limits.maxKnownLines) this.#known.clear();
      this.#known.set(key, template);
    }
    template.lines++;
    template.lastLine = ++this.#lines;
    return template;
  }

  /** Drops a tenth of the templates: those that were not seen for longest. */
  forgetOldest(): void {
    this.#forest.forgetOldest(Math.ceil(this.#forest.size / 10));
    this.#known.clear();
  }

  #place(tokens: readonly LogToken[]): LogTemplate {
    if (this.#forest.size >= this.#limits.maxTemplates) this.forgetOldest();
    return this.#forest.place(tokens, () => this.#nextId++);
  }
}

/** What a template has become part of; most often itself. */
export function finalTemplate(template: LogTemplate): LogTemplate {
  let last = template;
  while (last.into) last = last.into;
  return last;
}

/** A template as people read it: `Took <*> seconds to build instance.` */
export function templateText({ tokens, spaced }: LogTemplate): string {
  return tokens.map((text, i) => (i > 0 && spaced[i] ? ` ${text}` : text)).join('');
}
