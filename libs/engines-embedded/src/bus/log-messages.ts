/** What the bus asks of the thread that owns the log's file. */

export interface AppendedRow {
  readonly topic: string;
  /** Where table of contents and records of this row lie in the mailbox. */
  readonly start: number;
  readonly end: number;
}

export interface GroupPositions {
  readonly topic: string;
  readonly group: string;
  /** Per partition the last position that is done with; 0: none. */
  readonly positions: Float64Array;
}

export type LogRequest =
  | { readonly kind: 'append'; readonly timeMs: number; readonly mailbox: SharedArrayBuffer; readonly rows: readonly AppendedRow[]; readonly positions: readonly GroupPositions[] }
  | { readonly kind: 'join'; readonly topic: string; readonly group: string }
  | { readonly kind: 'locate'; readonly topic: string; readonly partition: number; readonly position: number }
  | { readonly kind: 'locate-time'; readonly topic: string; readonly timeMs: number }
  | { readonly kind: 'read'; readonly topic: string; readonly fromRow: number; readonly maxBytes: number }
  | { readonly kind: 'trim'; readonly nowMs: number };

/** The positions are filled into the tables of contents. */
export interface AppendReply {
  readonly rowIds: readonly number[];
  readonly full: boolean;
}

/** Ascending, without gaps between rows that are still kept. */
export interface ReadReply {
  readonly rows: readonly { readonly id: number; readonly toc: Uint8Array; readonly bytes: Uint8Array }[];
}

export interface TrimReply {
  readonly full: boolean;
  /** There is more to delete than one turn may. */
  readonly more: boolean;
  readonly forgotten: readonly { readonly topic: string; readonly group: string }[];
}

export interface TopicHead {
  readonly topic: string;
  /** 0: nothing was ever published. */
  readonly lastRow: number;
  readonly next: Float64Array;
}

/** Sent when the file is open. */
export interface LogOpened {
  readonly heads: readonly TopicHead[];
  readonly groups: readonly GroupPositions[];
  /** When the newest row was committed; 0: there is none. */
  readonly timeMs: number;
  readonly full: boolean;
}

/** `workerData` of the thread. */
export interface LogWorkerData {
  readonly dataDir: string;
  readonly maxBytes: number;
  /** name:count, for fault tests. */
  readonly faultPoint: string | undefined;
}
