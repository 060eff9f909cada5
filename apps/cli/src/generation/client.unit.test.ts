import { OutriderError } from '@outrider/contracts';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../exit-codes.js';
import { callError } from './client.js';

describe('callError', () => {
  it.each([
    ['sampling.banned_token_ids[0]', 'token id 6 is outside the vocabulary of 5', "option '--ban-token <id>': "],
    ['prompt', 'has 9 tokens: too many', "option '--prompt <text>': "],
  ])('names the option that filled %s', (field, problem, option) => {
    const error = callError(new OutriderError('invalid_argument', `orchestrator: ${field}: ${problem}`, { field }));
    expect(error).toMatchObject({ message: `${option}${problem}`, exitCode: ExitCode.usage });
  });

  it('leaves other refusals as they are', () => {
    const unknown = new OutriderError('invalid_argument', 'orchestrator: session_id: is odd', { field: 'session_id' });
    expect(callError(unknown)).toMatchObject({ message: unknown.message, exitCode: ExitCode.usage });
    const nameless = new OutriderError('invalid_argument', 'orchestrator: no');
    expect(callError(nameless)).toMatchObject({ message: nameless.message, exitCode: ExitCode.usage });
  });

  it('says when a failure may pass', () => {
    const busy = new OutriderError('resource_exhausted', 'every slot is taken', { retryAfterMs: 1200 });
    expect(callError(busy)).toMatchObject({
      message: 'every slot is taken; try again in 2 s',
      exitCode: ExitCode.failure,
    });
  });
});
