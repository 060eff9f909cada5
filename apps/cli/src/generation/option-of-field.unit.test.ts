import { describe, expect, it } from 'vitest';
import { generateOptions } from '../options/generate-options.js';
import { optionOfField } from './option-of-field.js';

describe('optionOfField', () => {
  it.each([
    ['sampling.banned_token_ids[3]', '--ban-token'],
    ['sampling.logit_bias[0].token_id', '--logit-bias'],
    ['stop[1]', '--stop'],
    ['stop_token_ids[0]', '--stop-token'],
    ['speculation.acceptance', '--acceptance'],
    ['speculation.static.draft_tokens', '--policy'],
    ['messages.messages[0].content', '--prompt'],
  ])('%s is filled by %s', (path, flag) => {
    const option = optionOfField(path);
    // As the other messages about it name it.
    expect(generateOptions().map(({ flags }) => flags)).toContain(option);
    expect(option?.split(' ')[0]).toBe(flag);
  });

  it.each(['session_id', 'sampling', ''])('%j is filled by none', (path) => {
    expect(optionOfField(path)).toBeUndefined();
  });
});
