import { precisions, type Precision } from '@opsloop/wire';

/** What an address of the collector asks for; `v1` and `v2` are the two write APIs of InfluxDB. */
export type Route =
  | { readonly kind: 'write'; readonly api: Api; readonly precision: Precision | undefined; readonly query: URLSearchParams }
  | { readonly kind: 'query' | 'logs' | 'ping' | 'health'; readonly query: URLSearchParams };
export type Api = 'v1' | 'v2';

/** v1 names two units by one letter. */
const precisionNames = new Map<string, Precision>([...precisions.map((name) => [name, name] as const), ['n', 'ns'], ['u', 'us'], ['µ', 'us']]);
const maxRemembered = 1000;

/** Agents send the same address again and again: each is read once. Undefined: not an address of the collector. */
export function createRouter(): (url: string) => Route | undefined {
  const known = new Map<string, Route>();
  return (url) => {
    const remembered = known.get(url);
    if (remembered) return remembered;
    const route = readRoute(url);
    if (!route) return undefined;
    if (known.size >= maxRemembered) known.clear();
    known.set(url, route);
    return route;
  };
}

function readRoute(url: string): Route | undefined {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  if (path === '/api/v2/write' || path === '/write') return { kind: 'write', api: path === '/write' ? 'v1' : 'v2', precision: precisionNames.get(query.get('precision') || 'ns'), query };
  if (path === '/query') return { kind: 'query', query };
  if (path === '/logs') return { kind: 'logs', query };
  if (path === '/ping') return { kind: 'ping', query };
  if (path === '/health') return { kind: 'health', query };
  return undefined;
}
