/** Fields that end in Ms and are lengths of time, not points in time. */
const durationFields = ['holdsMs', 'repeatMs', 'durationMs', 'widthMs', 'stepMs'] as const;
type DurationField = (typeof durationFields)[number];

/**
 * How a record looks in the API: points in time are ISO 8601 in UTC under the name without `Ms`
 * (`openedAtMs: 0` -> `openedAt: "1970-01-01T00:00:00.000Z"`), and what is bookkeeping of ours is left out.
 */
export type Api<T> = T extends readonly (infer Item)[]
  ? number extends T['length']
    ? Api<Item>[]
    : { [K in keyof T]: Api<T[K]> }
  : T extends object
    ? { [K in keyof T as K extends 'pendingEvents' | 'hasPendingEvents' | 'tenant' ? never : K extends DurationField ? K : K extends `${infer Base}Ms` ? Base : K]: K extends DurationField ? T[K] : K extends `${string}Ms` ? string | Exclude<T[K], number> : Api<T[K]> }
    : T;

const hidden = new Set(['pendingEvents', 'hasPendingEvents', 'tenant']);
const durations = new Set<string>(durationFields);

export function toApi<T>(record: T): Api<T> {
  return convert(record) as Api<T>;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== 'object') return value;
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const name = apiFieldName(key);
    if (name === undefined) continue;
    out[name] = name !== key && typeof field === 'number' ? new Date(field).toISOString() : convert(field);
  }
  return out;
}

/** The name of a record's field in the API; undefined: it is not shown. */
export function apiFieldName(field: string): string | undefined {
  if (hidden.has(field)) return undefined;
  return field.endsWith('Ms') && !durations.has(field) ? field.slice(0, -2) : field;
}
