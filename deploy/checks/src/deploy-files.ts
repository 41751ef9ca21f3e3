/** The files that people deploy with, as tests read them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { secretSettings, settingsSchema } from '@opsloop/contracts';
import { parse } from 'yaml';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Folders of services/ that run alone: all but all-in-one. */
export const loneServices = readdirSync(join(root, 'services')).filter((name) => name !== 'all-in-one' && existsSync(join(root, 'services', name, 'src', 'main.ts')));

/** YAML with anchors and merges. */
export function readYaml<T>(path: string): T {
  return parse(readFileSync(join(root, path), 'utf8'), { merge: true }) as T;
}

/** The service that a command of the image runs; throws for any other command. */
export function serviceOf(command: readonly string[]): string {
  const [program, main = '', ...more] = command;
  const service = /^services\/([a-z-]+)\/dist\/main\.js$/.exec(main)?.[1];
  if (program !== 'node' || service === undefined || more.length > 0) throw new Error(`not a command of the image: ${command.join(' ')}`);
  if (!existsSync(join(root, 'services', service, 'src', 'main.ts'))) throw new Error(`there is no service ${service}`);
  return service;
}

/** One line for each OPSLOOP_ variable that is no setting, or whose value its schema refuses. */
export function settingProblems(environment: Readonly<Record<string, string>>): string[] {
  const settings = settingsSchema.shape as Readonly<Record<string, { safeParse(value: unknown): { readonly success: boolean; readonly error?: { readonly message: string } } }>>;
  return Object.entries(environment).flatMap(([variable, value]) => {
    const key = variable.replace(/^OPSLOOP_/, '');
    if (secretSettings.some((secret) => key === `${secret}_FILE`)) return [];
    if (!variable.startsWith('OPSLOOP_') || !settings[key]) return [`${variable} is no setting`];
    const read = settings[key].safeParse(value);
    return read.success ? [] : [`${variable}=${value}: ${read.error?.message}`];
  });
}
