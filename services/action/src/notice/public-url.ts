import type { Settings } from '@opsloop/contracts';

/** The address of the page, for links in notices, without a slash at its end. */
export function publicUrlOf({ PUBLIC_URL, HTTP_HOST, HTTP_PORT }: Settings): string {
  return (PUBLIC_URL ?? `http://${HTTP_HOST}:${HTTP_PORT}`).replace(/\/+$/, '');
}
