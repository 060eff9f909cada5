import { InvalidArgumentError } from 'commander';

/** `host:port` or `[ipv6]:port`, given back as it was written. */
export function addressOption(text: string): string {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):(\d{1,5})$/i.exec(text.trim());
  const port = Number(match?.[2] ?? 0);
  if (match === null || port < 1 || port > 65535) {
    throw new InvalidArgumentError('It must be host:port, such as 127.0.0.1:7300.');
  }
  return match[0];
}

/** A port of this machine's loopback interface, as `up` binds nothing else. */
export function loopbackAddressOption(text: string): string {
  const address = addressOption(text);
  if (!/^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):/i.test(address)) {
    throw new InvalidArgumentError('It must be on loopback, such as 127.0.0.1:7300.');
  }
  return address;
}
