import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.js';
import { freeAddresses } from './free-ports.js';
import { parseLogLine } from './log-line.js';
import { parseReadyLine } from './ready-line.js';

describe('parseReadyLine', () => {
  it('reads the ready line and nothing else', () => {
    expect(parseReadyLine('{"ready":true,"service":"draft","address":"127.0.0.1:4711"}')).toEqual({
      service: 'draft',
      address: '127.0.0.1:4711',
    });
    for (const line of [
      '',
      'ready',
      '{',
      '{}',
      '{"ready":true}',
      '{"ready":false,"service":"draft","address":"a:1"}',
    ]) {
      expect(parseReadyLine(line)).toBeUndefined();
    }
  });
});

describe('parseLogLine', () => {
  it.each([
    [
      '{"level":50,"msg":"cannot load","err":{"message":"gone\\nat x"}}',
      { level: 'error', message: 'cannot load: gone' },
    ],
    ['{"level":"warn","msg":"slow"}', { level: 'warn', message: 'slow' }],
    ['{"level":30,"msg":"listening"}', { level: 'info', message: 'listening' }],
    ['{"level":20,"msg":"detail"}', { level: 'debug', message: 'detail' }],
    ['Segmentation fault', { level: 'warn', message: 'Segmentation fault' }],
    ['{broken', { level: 'warn', message: '{broken' }],
  ])('reads %s', (line, expected) => {
    expect(parseLogLine(line)).toEqual(expected);
  });
});

describe('createBackoff', () => {
  it('doubles up to its maximum and starts over after a steady run', () => {
    const backoff = createBackoff({ firstMs: 100, maxMs: 500, steadyMs: 1_000 });
    expect([10, 10, 10, 10, 1_000, 10].map((ran) => backoff.next(ran))).toEqual([100, 200, 400, 500, 100, 200]);
  });
});

describe('freeAddresses', () => {
  it('gives different loopback addresses', async () => {
    const addresses = await freeAddresses(3);
    expect(new Set(addresses).size).toBe(3);
    expect(addresses.every((address) => /^127\.0\.0\.1:\d+$/.test(address))).toBe(true);
  });
});
