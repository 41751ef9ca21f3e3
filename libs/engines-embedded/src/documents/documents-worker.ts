/** The thread that owns the documents' file. */
import { workerData } from 'node:worker_threads';
import { serveWorker } from '../worker/serve-worker.js';
import { openDocumentFile } from './document-file.js';
import type { DocumentsRequest, DocumentsWorkerData } from './document-messages.js';

const { path } = workerData as DocumentsWorkerData;

serveWorker<DocumentsRequest>('the embedded documents', () => {
  const file = openDocumentFile(path);
  return { opened: undefined, handle: file.execute, close: file.close };
});
