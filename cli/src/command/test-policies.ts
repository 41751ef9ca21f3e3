import { checkReferences, testPolicies, type PolicyTestReport } from '@opsloop/domain';
import { line, type CliHost, type ExitCode } from '../cli-host.js';
import { localWindowOf } from '../local-window.js';
import { readDefinitionFiles, refuse } from '../read-definition-files.js';
import type { FileOptions } from '../options.js';

/** Needs no server; base windows are as wide as OPSLOOP_WINDOW_MS says, else 10 s. */
export async function testCommand(host: CliHost, { file, output }: FileOptions): Promise<ExitCode> {
  const baseWindowMs = localWindowOf(host);
  const set = await readDefinitionFiles(host, file, baseWindowMs);
  // Names that are not in the files may be on a server, which nobody asks here.
  refuse(checkReferences(set).errors);
  const reports = testPolicies(set.map(({ definition }) => definition), { baseWindowMs });
  const results = reports.flatMap((report) => report.results);
  const failed = results.filter((result) => !result.passed).length;
  if (output === 'json') host.out(line(JSON.stringify({ items: reports, passed: results.length - failed, failed }, null, 2)));
  else {
    for (const report of reports) printReport(host, report);
    const untested = set.filter(({ definition }) => definition.kind === 'Policy').length - reports.length;
    host.out(line(`${results.length - failed} passed, ${failed} failed${untested > 0 ? `; ${untested} ${untested === 1 ? 'policy has' : 'policies have'} no tests` : ''}`));
  }
  return failed > 0 ? 1 : 0;
}

function printReport(host: CliHost, { policy, results }: PolicyTestReport): void {
  for (const { name, passed, failures } of results) {
    host.out(line(`${passed ? 'ok    ' : 'FAILED'} ${policy}: ${name}`));
    for (const failure of failures) host.out(line(`         ${failure}`));
  }
}
