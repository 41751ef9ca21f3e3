import { line, type CliHost, type ExitCode } from '../cli-host.js';
import type { FileOptions } from '../options.js';
import { planFiles } from './plan.js';

export async function diffCommand(host: CliHost, { file, output }: FileOptions): Promise<ExitCode> {
  const { plan } = await planFiles(host, file);
  const differing = plan.items.filter((item) => item.action !== 'unchanged');
  if (output === 'json') host.out(line(JSON.stringify({ items: differing }, null, 2)));
  else {
    for (const { kind, name, action, changes } of differing) {
      host.out(line(`${kind} ${name}${action === 'create' ? ' (not on the server)' : ''}`));
      if (action === 'change') for (const { path, before, after } of changes) host.out(line(`  ${path}\n    - ${shown(before)}\n    + ${shown(after)}`));
    }
  }
  return differing.length > 0 ? 1 : 0;
}

function shown(value: unknown): string {
  return value === undefined ? '(not set)' : JSON.stringify(value);
}
