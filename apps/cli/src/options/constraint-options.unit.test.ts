import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { type ConstraintChoices, constraintOf, constraintOptions } from './constraint-options.js';

function parse(...args: string[]): ReturnType<typeof constraintOf> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of constraintOptions()) command.addOption(option);
  return constraintOf(command.parse(args, { from: 'user' }).opts<ConstraintChoices>());
}

describe('constraint options', () => {
  it('read each kind', () => {
    expect(parse()).toBeUndefined();
    expect(parse('--json-schema', '{"type":"null"}')).toEqual({ kind: 'json_schema', schema: '{"type":"null"}' });
    expect(parse('--regex', 'a+')).toEqual({ kind: 'regex', pattern: 'a+' });
    expect(parse('--choice', 'yes', '--choice', 'no')).toEqual({ kind: 'choice', choices: ['yes', 'no'] });
  });

  it('read a schema from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'outrider-schema-'));
    try {
      writeFileSync(join(folder, 'schema.json'), '{"type":"boolean"}');
      const read = parse('--json-schema', `@${join(folder, 'schema.json')}`);
      expect(read).toEqual({ kind: 'json_schema', schema: '{"type":"boolean"}' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['--json-schema', '{"type":'],
    ['--json-schema', '@/nowhere/schema.json'],
    ['--regex', 'a', '--choice', 'b'],
  ])('refuse %s %s %s', (...args) => {
    expect(() => parse(...args)).toThrow();
  });
});
