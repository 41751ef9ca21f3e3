/** The thread that owns the documents' file. */
import { workerData } from 'node:worker_threads';
import { serveWorker } from '../worker/serve-worker.js';
import { DocumentFile } from './document-file.js';
import type { DocumentsRequest, DocumentsWorkerData } from './document-messages.js';

const { path, specs } = workerData as DocumentsWorkerData;

serveWorker<DocumentsRequest>('the embedded documents', () => {
  const file = new DocumentFile(path, specs);
  return { opened: undefined, handle: (request) => file.execute(request), close: () => file.close() };
});
