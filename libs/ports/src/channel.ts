/** A way to reach people. One vendor each; it sends what it is given and decides nothing. */

export interface Message {
  /** The notice's identity: the same key means the same message (Message-ID, idempotency header). */
  readonly idempotencyKey: string;
  /** Messages of one thread share it (mail: In-Reply-To, References). */
  readonly threadKey: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

export type Delivery =
  /** `missed`: addresses that the accepted message did not reach; those with `retry` may be tried again, alone. */
  | { readonly outcome: 'sent'; readonly receipt: string; readonly missed?: readonly { readonly to: string; readonly reason: string; readonly retry: boolean }[] }
  | { readonly outcome: 'retry'; readonly reason: string }
  /** Trying again cannot help: a refused address, a wrong credential. */
  | { readonly outcome: 'rejected'; readonly reason: string };

export interface Channel {
  readonly name: string;
  send(message: Message, signal: AbortSignal): Promise<Delivery>;
}
