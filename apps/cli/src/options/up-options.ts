import type { PolicySpec } from '@outrider/speculation';
import { Option } from 'commander';
import { usageError } from '../cli-error.js';
import { loopbackAddressOption } from './address-option.js';
import { draftKindOption } from './draft-kind-option.js';
import { numberOption } from './number-option.js';
import { POLICIES, policyOption } from './policy-option.js';
import { stackOptions, type StackChoices } from './stack-options.js';

export interface UpOptions extends StackChoices {
  /** Where each service listens; a free port where none is given. */
  readonly address?: string;
  readonly draftAddress?: string;
  readonly targetAddress?: string;
  /** Policy of requests that name none. */
  readonly policy?: PolicySpec;
  /** Where sessions, leases and what is cached where are known to all. */
  readonly redis?: string;
  readonly drafts: number;
  readonly targets: number;
  readonly orchestrators: number;
}

/** Of each service, on one machine. */
const MOST_REPLICAS = 64;

export function upOptions(): Option[] {
  const address = (flags: string, what: string): Option =>
    new Option(flags, `${what} (default: a free port)`).argParser(loopbackAddressOption);
  const replicas = (flags: string, what: string): Option =>
    new Option(flags, what).argParser(numberOption({ min: 1, max: MOST_REPLICAS, integer: true })).default(1);
  return [
    address('--address <host:port>', 'where the orchestrator listens, the first of several'),
    address('--target-address <host:port>', 'where the target service listens, the first of several'),
    address('--draft-address <host:port>', 'where the draft service listens, the first of several').conflicts('draft'),
    new Option('--policy <policy>', `policy of requests that name none: ${POLICIES}`).argParser(policyOption),
    draftKindOption(),
    new Option(
      '--redis <url>',
      'where sessions are known to all: redis://, redis+sentinel:// or redis+cluster://, rediss for TLS ' +
        '(or OUTRIDER_REDIS_URL, which others on this machine cannot read)',
    ),
    replicas('--drafts <count>', 'draft services').conflicts('draft'),
    replicas('--targets <count>', 'target services'),
    replicas('--orchestrators <count>', 'orchestrators, which need a Redis to share sessions'),
    ...stackOptions(),
  ];
}

/** Refuses, before anything is started, what is fine option by option but not together, and a URL that is none. */
export async function checkUpOptions(options: UpOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const { orchestrators, redis } = options;
  if (redis !== undefined) {
    const { parseRedisUrl } = await import('@outrider/sessions');
    try {
      parseRedisUrl(redis);
    } catch (error) {
      throw usageError(`option '--redis <url>': ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (orchestrators > 1 && !redis && !env['OUTRIDER_REDIS_URL']) {
    const why = 'without it none would know the sessions of the others';
    throw usageError(`option '--orchestrators <count>': ${orchestrators} of them need '--redis <url>': ${why}`);
  }
}
