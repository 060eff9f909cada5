import { describe, expect, it } from 'vitest';
import { logprobLines } from './logprob-table.js';
import { createStyle } from './style.js';

describe('logprobLines', () => {
  const top = [
    { id: 1, text: ' the', logprob: -0.5 },
    { id: 2, text: '\n', logprob: -12.3456 },
  ];

  it('shows each token beside the most probable ones, disarmed', () => {
    const lines = logprobLines(
      [
        { id: 1, text: ' the', source: 'accepted', logprob: -0.5, topLogprobs: top },
        { id: 3, text: '\u009b', source: 'recovered', logprob: -100.25, topLogprobs: top },
      ],
      createStyle(false),
    );
    expect(lines).toEqual([
      ' -0.500  " the"  " the"  -0.500  "\\n" -12.346',
      '-100.250  "\ufffd"     " the"  -0.500  "\\n" -12.346',
    ]);
  });

  it('shows the token alone when no others were asked for', () => {
    expect(
      logprobLines([{ id: 1, text: 'a', source: 'bonus', logprob: -1, topLogprobs: [] }], createStyle(false)),
    ).toEqual([' -1.000  "a"']);
  });
});
