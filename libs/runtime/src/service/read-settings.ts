import { readFileSync } from 'node:fs';
import { secretSettings, settingsSchema, type Settings } from '@opsloop/contracts';

const prefix = 'OPSLOOP_';
/** Variables with our prefix that are not settings of a service. */
const foreign = new Set(['OPSLOOP_URL', 'OPSLOOP_TOKEN']);

export type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly string[] };

/**
 * Reads every OPSLOOP_ variable; what is empty is not set. An unknown name is a problem too: a misspelt setting must not be ignored.
 * Each problem is one line that names the setting and the mend.
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): SettingsResult {
  const problems: string[] = [];
  const known = new Set<string>(Object.keys(settingsSchema.shape));
  const given: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || value === undefined || foreign.has(variable)) continue;
    const key = variable.slice(prefix.length);
    const secret = secretSettings.find((one) => key === `${one}_FILE`);
    if (!known.has(key) && !secret) problems.push(`${variable} is not a setting${suggestion(key, known)}: see docs/configuration.md`);
    else if (isEmpty(value)) continue;
    else if (!secret) given[key] = value;
    else if (!isEmpty(environment[prefix + secret])) problems.push(`${prefix}${secret} and ${variable} are both set: unset one of them`);
    else readSecret(variable, value, (text) => (given[secret] = text), problems);
  }
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) for (const issue of parsed.error.issues) problems.push(`${prefix}${issue.path.join('.')}: ${issue.message}${shown(String(issue.path[0]), given)}`);
  return parsed.success && problems.length === 0 ? { settings: parsed.data } : { problems };
}

/** As compose files and shells leave it where nobody has said anything. */
function isEmpty(value: string | undefined): boolean {
  return value === undefined || value.trim() === '';
}

/** What was given, but for secrets. */
function shown(key: string, given: Readonly<Record<string, string>>): string {
  return (secretSettings as readonly string[]).includes(key) ? '' : ` (it is "${given[key] ?? ''}")`;
}

function readSecret(variable: string, path: string, take: (text: string) => void, problems: string[]): void {
  try {
    take(readFileSync(path, 'utf8').trim());
  } catch (error) {
    problems.push(`${variable}: the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}): create it or mend its rights`);
  }
}

function suggestion(key: string, known: ReadonlySet<string>): string {
  const near = [...known].find((one) => distance(one, key) <= 2);
  return near ? `; did you mean ${prefix}${near}?` : '';
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
