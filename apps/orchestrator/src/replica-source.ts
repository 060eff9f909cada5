/** Where the replicas of one role are found. */
export type ReplicaSource =
  | { readonly kind: 'static'; readonly addresses: readonly string[] }
  /** Every address that the name has, resolved again and again: a headless service. */
  | { readonly kind: 'dns'; readonly name: string; readonly port: number }
  /** Those that say so in the shared state. */
  | { readonly kind: 'registry' };

const address = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/,]+):(\d{1,5})$/;
const dns = /^dns:\/\/\/([^\s:/,]+):(\d{1,5})$/;

/** `host:port,host:port`, `dns:///name:port` or `registry`. undefined when it is none of them. */
export function parseReplicaSource(text: string): ReplicaSource | undefined {
  if (text === 'registry') return { kind: 'registry' };
  const [, name, port] = dns.exec(text) ?? [];
  if (name !== undefined) return isPort(port) ? { kind: 'dns', name, port: Number(port) } : undefined;
  const addresses = [...new Set(text.split(',').map((each) => each.trim()))];
  return addresses.every((each) => isPort(address.exec(each)?.[1])) ? { kind: 'static', addresses } : undefined;
}

/** As it was written. */
export function describeReplicaSource(source: ReplicaSource): string {
  switch (source.kind) {
    case 'static':
      return source.addresses.join(',');
    case 'dns':
      return `dns:///${source.name}:${source.port}`;
    case 'registry':
      return 'registry';
  }
}

function isPort(digits: string | undefined): boolean {
  return digits !== undefined && Number(digits) <= 65_535;
}
