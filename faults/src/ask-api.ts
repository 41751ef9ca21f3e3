/** Where the api of the server or cluster under test answers. */
export interface ApiAddress {
  readonly url: string;
  readonly adminToken: string;
}

/** Rejects with path and answer when that is no success, and after 10 s. */
export async function askApi<T>({ url, adminToken }: ApiAddress, path: string, method = 'GET', body?: object): Promise<T> {
  const sent = body ?? (method === 'POST' ? {} : undefined);
  const answer = await fetch(`${url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
    ...(sent && { body: JSON.stringify(sent) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
