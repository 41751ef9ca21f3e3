/** Tidy is a test: import rules, cycles, lengths, names, dead exports, generated files. Prints the offenders and fails. */
import { checkGenerated } from './generated.js';
import { checkImportRules } from './import-rules.js';
import { sourceFiles } from './source-files.js';
import { checkCycles, checkDeadExports, checkFileLengths, checkNames } from './tidy.js';

const files = sourceFiles();
const checks: [string, string[]][] = [
  ['import rules', checkImportRules(files)],
  ['import cycles', checkCycles(files)],
  ['file lengths', checkFileLengths(files)],
  ['names', checkNames(files)],
  ['dead exports', checkDeadExports(files)],
  ['generated files', checkGenerated()],
];

for (const [name, offences] of checks) {
  console.log(`${offences.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const offence of offences) console.log(`       ${offence}`);
}
const failed = checks.filter(([, offences]) => offences.length > 0).length;
console.log(`checks: ${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
