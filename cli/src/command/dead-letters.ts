import type { DeadLetterAnswer } from '@opsloop/contracts';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import { formatTable } from '../format-table.js';
import type { Output } from '../options.js';
import { openApi } from '../server/api-client.js';

export async function listDeadLetters(host: CliHost, { output }: { readonly output: Output }): Promise<ExitCode> {
  const letters = await (await openApi(host)).list<DeadLetterAnswer>('dead-letters');
  if (output === 'json') host.out(line(JSON.stringify(letters, null, 2)));
  else if (letters.length === 0) host.out(line('no dead letters'));
  else host.out(formatTable([['ID', 'AT', 'STATE', 'TOPIC', 'GROUP', 'REASON'], ...letters.map(({ id, at, state, topic, group, reason }) => [id, at, state, topic, group, reason.replaceAll(/\s+/g, ' ')])]));
  return 0;
}

/** Puts back what it can; what fails is told, and makes the exit code 2. */
export async function retryDeadLetters(host: CliHost, ids: readonly string[], { all, output }: { readonly all?: boolean; readonly output: Output }): Promise<ExitCode> {
  if (ids.length > 0 === (all === true)) throw new CliError('name the ids to put back, or --all');
  const api = await openApi(host);
  const wanted = all ? (await api.list<DeadLetterAnswer>('dead-letters?state=waiting')).map(({ id }) => id) : ids;
  const results: { id: string; outcome: string }[] = [];
  for (const id of wanted) {
    const outcome = await api.send('POST', `dead-letters/${encodeURIComponent(id)}/retry`, {}).then(() => 'put back', (error: unknown) => {
      if (error instanceof CliError) return error.message;
      throw error;
    });
    results.push({ id, outcome });
  }
  if (output === 'json') host.out(line(JSON.stringify({ items: results }, null, 2)));
  else host.out(results.length === 0 ? line('nothing is waiting') : formatTable([['ID', 'OUTCOME'], ...results.map(({ id, outcome }) => [id, outcome])]));
  return results.some(({ outcome }) => outcome !== 'put back') ? 2 : 0;
}
