/** What every bus takes of one record, in bytes; `headers` are their names and texts together. */
export const recordLimits = { keyBytes: 4_096, headerBytes: 65_535, valueBytes: 16 * 2 ** 20 } as const;
