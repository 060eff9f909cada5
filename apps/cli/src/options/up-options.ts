import type { PolicySpec } from '@outrider/speculation';
import { Option } from 'commander';
import { loopbackAddressOption } from './address-option.js';
import { draftKindOption } from './draft-kind-option.js';
import { POLICIES, policyOption } from './policy-option.js';
import { stackOptions, type StackChoices } from './stack-options.js';

export interface UpOptions extends StackChoices {
  /** Where each service listens; a free port where none is given. */
  readonly address?: string;
  readonly draftAddress?: string;
  readonly targetAddress?: string;
  /** Policy of requests that name none. */
  readonly policy?: PolicySpec;
}

export function upOptions(): Option[] {
  const address = (flags: string, what: string): Option =>
    new Option(flags, `${what} (default: a free port)`).argParser(loopbackAddressOption);
  return [
    address('--address <host:port>', 'where the orchestrator listens'),
    address('--target-address <host:port>', 'where the target service listens'),
    address('--draft-address <host:port>', 'where the draft service listens').conflicts('draft'),
    new Option('--policy <policy>', `policy of requests that name none: ${POLICIES}`).argParser(policyOption),
    draftKindOption(),
    ...stackOptions(),
  ];
}
