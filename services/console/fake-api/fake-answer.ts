export interface FakeRequest {
  readonly method: string;
  /** Below /api/v1, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: string;
}

/** `undefined` as body: an answer without one. */
export interface FakeAnswer {
  readonly status: number;
  readonly body?: object;
}

export function problem(status: number, title: string, detail: string, errors?: readonly { at?: string; message: string }[]): FakeAnswer {
  return { status, body: { type: 'about:blank', title, status, detail, ...(errors && { errors }) } };
}
