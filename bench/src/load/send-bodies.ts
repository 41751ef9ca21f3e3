import { Agent, request } from 'node:http';

export interface SendOptions {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  /** The next body, or undefined at the end. */
  next(): Buffer | undefined;
}

/** Posts bodies over keep-alive connections; waits and sends again when told to (429, 503). Returns the count of each status. */
export async function sendBodies({ url, token, connections, next }: SendOptions): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const statuses: Record<string, number> = {};

  function post(body: Buffer): Promise<{ status: number; retryAfterS: number }> {
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/api/v2/write`, { method: 'POST', agent, headers: { 'content-length': body.length, 'content-type': 'text/plain; charset=utf-8', authorization: `Token ${token}` } }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, retryAfterS: Number(answer.headers['retry-after'] ?? 1) }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async function connection(): Promise<void> {
    for (let body = next(); body; body = next()) {
      for (;;) {
        const { status, retryAfterS } = await post(body);
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status !== 429 && status !== 503) break;
        await new Promise((resolve) => setTimeout(resolve, retryAfterS * 1000));
      }
    }
  }

  await Promise.all(Array.from({ length: connections }, connection));
  agent.destroy();
  return statuses;
}
