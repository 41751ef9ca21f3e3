/** Where HTTP steps may go. Names are resolved once, judged by their addresses, and only those that passed are connected to. */
import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

export interface AddressGuard {
  /** Why nothing is sent to this host of a URL; undefined: nothing is known against it before its name is resolved. */
  refusalOf(host: string): string | undefined;
  /** For sockets: gives the addresses of a name that may be connected to, and fails when there is none. */
  readonly lookup: LookupFunction;
}

/** All addresses of a name, as the system knows them. */
export type ResolveName = (host: string, options: LookupAllOptions, callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;

/** Names and networks that `setting` lists. */
interface Allowed {
  readonly names: readonly string[];
  readonly networks: BlockList;
}

const setting = 'OPSLOOP_HTTP_TARGETS';

/** Where machines keep what is nobody's business: link-local, and the clouds' metadata services beside it. */
const guarded = [
  '0.0.0.0/8', '169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32',
  '::/128', 'fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128',
  // The same by way of a gateway between IPv6 and IPv4.
  '64:ff9b::a9fe:0/112', '64:ff9b::6464:64c8/128', '64:ff9b::a83f:8110/128',
] as const;

/**
 * `allowed`: host names, `*.` names, addresses and networks, separated by commas; undefined allows all but link-local and
 * metadata addresses. Those are refused under any name, too, unless one of the listed networks holds them. Throws with
 * the name of the setting where an entry is no such thing.
 */
export function createAddressGuard(allowed?: string, resolveName: ResolveName = lookup): AddressGuard {
  const listed = allowed === undefined ? undefined : readAllowed(allowed);
  const refused = new BlockList();
  for (const network of guarded) addNetwork(refused, network);

  const isNamed = (host: string): boolean => listed?.names.some((name) => (name.startsWith('*.') ? host.endsWith(name.slice(1)) : host === name)) ?? true;

  function refusalOfAddress(host: string, address: string): string | undefined {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (listed?.networks.check(address, family)) return undefined;
    if (refused.check(address, family)) return `${shown(host, address)} is a link-local or metadata address, and HTTP steps are not sent there unless a network in ${setting} holds it`;
    return isNamed(host) ? undefined : `${shown(host, address)} is not among ${setting}, so HTTP steps are not sent there`;
  }

  return {
    refusalOf(host) {
      const bare = bareHost(host);
      return isIP(bare) === 0 ? undefined : refusalOfAddress(bare, bare);
    },
    lookup(host, options, callback) {
      resolveName(host, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, []);
        const [usable, refusal] = judge(addresses, (address) => refusalOfAddress(bareHost(host), address));
        const [first] = usable;
        if (!first) return callback(new Error(refusal ?? `${host} has no address`), []);
        if (options.all) callback(null, usable);
        else callback(null, first.address, first.family);
      });
    },
  };
}

function judge(addresses: readonly LookupAddress[], refusalOf: (address: string) => string | undefined): [LookupAddress[], string | undefined] {
  const usable: LookupAddress[] = [];
  let refusal: string | undefined;
  for (const one of addresses) {
    const why = refusalOf(one.address);
    if (why === undefined) usable.push(one);
    else refusal ??= why;
  }
  return [usable, refusal];
}

/** Without the brackets of IPv6, the zone, the final dot and capitals. */
function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, '').replace(/%.*$/, '').replace(/\.$/, '').toLowerCase();
}

function shown(host: string, address: string): string {
  return host === address ? address : `${host} (${address})`;
}

function readAllowed(text: string): Allowed {
  const names: string[] = [];
  const networks = new BlockList();
  for (const entry of text.split(',').map((one) => one.trim().toLowerCase()).filter((one) => one !== '')) {
    if (entry.includes('/') || isIP(entry) !== 0) addNetwork(networks, entry);
    else names.push(entry);
  }
  return { names, networks };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  const bits = family === 'ipv6' ? 128 : 32;
  const length = prefix === undefined ? bits : Number(prefix);
  if (isIP(address) === 0 || !Number.isInteger(length) || length < 0 || length > bits) throw new Error(`${setting}: ${network} is not a network: write 10.0.0.0/8 or fd00::/8`);
  list.addSubnet(address, length, family);
}
