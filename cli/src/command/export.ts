import { stringify } from 'yaml';
import type { DefinitionAnswer } from '@opsloop/contracts';
import { line, type CliHost, type ExitCode } from '../cli-host.js';
import type { Output } from '../options.js';
import { openApi } from '../server/api-client.js';
import { listDefinitions } from '../server/server-definitions.js';

/** One YAML stream that `apply` takes back; text is given as it was written, comments included. */
export async function exportCommand(host: CliHost, { output }: { readonly output: Output }): Promise<ExitCode> {
  const definitions = await listDefinitions(await openApi(host));
  if (output === 'json') host.out(line(JSON.stringify(definitions.map(({ definition }) => definition), null, 2)));
  else host.out(definitions.map((one) => `${textOf(one)}\n`).join('---\n'));
  return 0;
}

function textOf({ source, definition }: DefinitionAnswer): string {
  const text = source.trim();
  return text === '' || text.startsWith('{') || text.startsWith('[') ? stringify(definition).trim() : text.replace(/\n\.\.\.$/, '');
}
