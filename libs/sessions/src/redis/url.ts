import { StoreError } from '../error.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a Redis is, in one of its three forms. */
export type RedisTarget = {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
} & (
  | { readonly mode: 'standalone'; readonly server: RedisAddress; readonly db: number }
  | {
      readonly mode: 'sentinel';
      readonly sentinels: readonly RedisAddress[];
      readonly name: string;
      readonly db: number;
    }
  | { readonly mode: 'cluster'; readonly nodes: readonly RedisAddress[] }
);

const form =
  'redis://[user:password@]host[:port][/db], redis+sentinel://host[:port],.../name[/db] or ' +
  'redis+cluster://host[:port],..., each with rediss for TLS';

/**
 * Reads `redis://user:password@host:port/db`, `redis+sentinel://host:port,host:port/name/db` or
 * `redis+cluster://host:port,host:port`; `rediss` in place of `redis` for TLS. User and password are percent-encoded.
 * Ports default to 6379, those of Sentinels to 26379.
 * Errors: StoreError invalid_options, which never repeats the URL, since it may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme, mode, credentials, hosts, path] =
    /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/([^?#]*))?$/.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) throw invalid(`must be ${form}`);
  const common = { tls: scheme === 'rediss', ...parseCredentials(credentials) };
  const parts = (path ?? '').split('/').filter((part) => part !== '');
  switch (mode) {
    case undefined: {
      const [server, ...others] = parseHosts(hosts, 6379);
      if (server === undefined || others.length > 0 || parts.length > 1) throw invalid(`must be ${form}`);
      return { ...common, mode: 'standalone', server, db: parseDb(parts[0]) };
    }
    case 'sentinel': {
      const [name, db, ...rest] = parts;
      if (name === undefined || rest.length > 0) throw invalid('must end with the name of the Sentinels’ master');
      return { ...common, mode, sentinels: parseHosts(hosts, 26_379), name: decode(name), db: parseDb(db) };
    }
    default: {
      if (parts.length > 0) throw invalid('must end after the hosts: a cluster has one database');
      return { ...common, mode: 'cluster', nodes: parseHosts(hosts, 6379) };
    }
  }
}

function parseCredentials(text: string | undefined): { readonly username?: string; readonly password?: string } {
  if (text === undefined) return {};
  const [, username, password] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  return { ...(username && { username: decode(username) }), ...(password && { password: decode(password) }) };
}

function parseHosts(text: string, defaultPort: number): RedisAddress[] {
  return text.split(',').map((part) => {
    const [, ipv6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(part) ?? [];
    const host = ipv6 ?? name;
    const port = digits === undefined ? defaultPort : Number(digits);
    if (host === undefined || port < 1 || port > 65_535) throw invalid('has a host that is not host or host:port');
    return { host, port };
  });
}

function parseDb(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^\d{1,5}$/.test(text)) throw invalid('has a database that is not a number');
  return Number(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('is not percent-encoded as it should be');
  }
}

function invalid(reason: string): StoreError {
  return new StoreError('invalid_options', `the Redis URL ${reason}`);
}
