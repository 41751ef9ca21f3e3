import { describeDocumentClaims } from './document-claim-suite.js';
import { describeDocumentFinds } from './document-find-suite.js';
import { describeDocumentWrites } from './document-write-suite.js';
import type { CreateDocuments } from './documents-under-test.js';

/** What every document store promises; runs inside a jest test file. */
export function documentsConformance(name: string, create: CreateDocuments): void {
  describe(`${name} are documents`, () => {
    describeDocumentWrites(create);
    describeDocumentFinds(create);
    describeDocumentClaims(create);
  });
}
