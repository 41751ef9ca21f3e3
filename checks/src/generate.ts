/** Writes schemas/ and docs/configuration.md from their sources. */
import { writeGenerated } from './generated.js';

const written = writeGenerated();
console.log(written.length === 0 ? 'everything generated is up to date' : `written: ${written.join(', ')}`);
