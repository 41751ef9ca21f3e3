import { kinds } from '@opsloop/contracts';
import { definitionFolders } from '@opsloop/domain';
import { CliError, line, type CliHost, type ExitCode } from '../cli-host.js';
import { openApi } from '../server/api-client.js';

/** Deletes one definition; what others name only with `force`, and the server says who they are. */
export async function deleteCommand(host: CliHost, kindName: string, name: string, { force = false }: { readonly force?: boolean }): Promise<ExitCode> {
  const kind = kinds.find((one) => one.toLowerCase() === kindName.toLowerCase());
  if (!kind) throw new CliError(`${kindName} is not a kind: write one of ${kinds.join(', ')}`);
  const api = await openApi(host);
  await api.remove(`${definitionFolders[kind]}/${encodeURIComponent(name)}${force ? '?force=true' : ''}`);
  host.out(line(`deleted ${kind} ${name}; its versions stay readable`));
  return 0;
}
