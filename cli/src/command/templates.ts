import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { finalTemplate, LogTemplateMiner, templateText, type LogTemplate } from '@opsloop/domain';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import type { Output } from '../options.js';

export interface TemplatesOptions {
  /** Without it, standard input. */
  readonly file?: string;
  readonly output: Output;
}

/** Lines of the answer that are written together. */
const linesAtOnce = 4_096;
/** A file may have more kinds of lines than one stream of a host has. */
const limits = { maxTemplates: 50_000, maxKnownLines: 50_000 };

/**
 * For each line its group id, a tab, and the template. Places turn out to be values while lines are read, and templates
 * that differed there become one, so nothing is printed before the last line is read: equal ids are always one group.
 */
export async function templatesCommand(host: CliHost, { file, output }: TemplatesOptions): Promise<ExitCode> {
  const source = file === undefined ? host.input : createReadStream(resolve(host.workingDir, file));
  const miner = new LogTemplateMiner(limits);
  const found: LogTemplate[] = [];
  let cpuUs = 0;
  try {
    for await (const lines of linesOf(source)) {
      const before = process.cpuUsage();
      for (const text of lines) found.push(miner.add(text));
      const { user, system } = process.cpuUsage(before);
      cpuUs += user + system;
    }
  } catch (error) {
    throw new CliError(`${file ?? 'standard input'} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  const groups = new Map<number, LogTemplate>();
  for (const template of found) groups.set(finalTemplate(template).id, finalTemplate(template));
  if (output === 'json') printJson(host, groups);
  else printLines(host, found);
  const rate = cpuUs === 0 ? '' : `, ${Math.round(found.length / (cpuUs / 1e6)).toLocaleString('en')} lines a second of CPU`;
  host.err(line(`${found.length.toLocaleString('en')} lines, ${groups.size.toLocaleString('en')} templates${rate}`));
  return 0;
}

function printLines(host: CliHost, found: readonly LogTemplate[]): void {
  const texts = new Map<LogTemplate, string>();
  for (let from = 0; from < found.length; from += linesAtOnce) {
    let text = '';
    for (const template of found.slice(from, from + linesAtOnce)) {
      const last = finalTemplate(template);
      let own = texts.get(last);
      if (own === undefined) texts.set(last, (own = `${last.id}\t${templateText(last)}\n`));
      text += own;
    }
    host.out(text);
  }
}

/** Templates with their number of lines, most frequent first. */
function printJson(host: CliHost, groups: ReadonlyMap<number, LogTemplate>): void {
  const items = [...groups.values()].toSorted((a, b) => b.lines - a.lines || a.id - b.id).map((template) => ({ id: template.id, lines: template.lines, template: templateText(template) }));
  host.out(line(JSON.stringify({ items }, null, 2)));
}

/** The lines of each chunk, without their ends; a last line without an end counts, too. */
async function* linesOf(source: AsyncIterable<Uint8Array | string>): AsyncIterable<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))).split('\n');
    rest = lines.pop()!;
    yield lines.map(withoutReturn);
  }
  rest += decoder.end();
  if (rest !== '') yield [withoutReturn(rest)];
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
