import type { ServerResponse } from 'node:http';

/** So long, and so much, is read of a request behind its answer; of so many requests at once. */
const maxLingerMs = 1_000;
const maxLingerBytes = 64 * 2 ** 20;
const maxLingering = 100;
let lingering = 0;

/**
 * Ends a response, whose body was written, and its connection. A connection that is closed while its client still sends
 * is reset, and most clients then see a broken pipe and never the answer: what they send is read and thrown away first.
 */
export function endLingering(response: ServerResponse): void {
  const { req: request } = response;
  if (request.complete || lingering >= maxLingering) return void response.end();
  lingering++;
  let bytes = 0;
  const overdue = setTimeout(end, maxLingerMs);
  request.on('data', count).on('end', end).on('close', end);

  function count(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > maxLingerBytes) end();
  }

  function end(): void {
    if (response.writableEnded) return;
    lingering--;
    clearTimeout(overdue);
    response.end();
  }
}
