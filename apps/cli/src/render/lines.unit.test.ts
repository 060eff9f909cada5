import type { Model } from '@outrider/models';
import { ModelError } from '@outrider/models';
import { describe, expect, it } from 'vitest';
import type { StackEvent } from '../stack/stack-event.js';
import { comparisonLines } from './comparison.js';
import { importProgress } from './import-progress.js';
import { modelTable } from './model-table.js';
import { createStackReporter } from './stack-reporter.js';
import { createStyle } from './style.js';

const plain = createStyle(false);

describe('comparisonLines', () => {
  const comparison = {
    tokensPerSecond: 150.04,
    targetOnlyTokensPerSecond: 100,
    speedup: 1.5,
    runs: [1, 2, 3, 4].map(() => ({ policy: 'off', tokensPerSecond: 1, tokens: [] })),
  };

  it.each([
    [true, 'same text: every token of every run is equal'],
    [false, 'DIFFERENT TEXT between the runs'],
    [
      undefined,
      'above temperature 0 only --acceptance coupled gives one text with and without a draft; speeds alone are compared',
    ],
  ])('says that the text is the same: %s', (sameText, words) => {
    expect(comparisonLines({ ...comparison, sameText }, 'adaedl', plain)).toEqual([
      '1.50 times target-only  adaedl 150.0, off 100.0 tokens/s ' +
        '(medians of 2 alternating runs each, after a warm-up of each)',
      words,
    ]);
  });
});

describe('importProgress', () => {
  it('counts bytes of files and steps of imports', () => {
    expect(importProgress({ stage: 'download', subject: 'a', done: 1, total: 2 })).toEqual({
      label: 'download a',
      done: 1,
      total: 2,
      unit: 'bytes',
    });
    expect(importProgress({ stage: 'import', subject: 'b', done: 1 })).toEqual({
      label: 'import b',
      done: 1,
      unit: 'steps',
    });
  });
});

describe('modelTable', () => {
  it('lines up what is known, and says why a folder is no model', () => {
    const manifest = {
      architecture: { contextLength: 8192, vocabularySize: 49152 },
      licence: 'Apache-2.0',
      provenance: { format: 'GGUF', draftOf: 'big\u001b[2J' },
      files: { 'weights.bin': { bytes: 170_400_000 }, 'graph.onnx': { bytes: 100_000 } },
    };
    // Only the manifest is read.
    const model = { manifest } as unknown as Model;
    const directory = '/m';
    expect(
      modelTable([
        { name: 'tiny-draft', directory, model },
        { name: 'old', directory, problem: new ModelError('stale', 'made by another version') },
      ]),
    ).toEqual([
      'name        size    context  vocabulary  licence     source',
      'tiny-draft  171 MB  8192     49152       Apache-2.0  GGUF, drafts for big␛[2J',
      'old         made by another version',
    ]);
  });
});

describe('createStackReporter', () => {
  function reported(event: StackEvent, verbose: boolean) {
    let stdout = '';
    let stderr = '';
    const sinks = {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
    };
    createStackReporter(sinks, plain, verbose).onEvent(event);
    return { stdout, stderr };
  }
  const log = (level: 'info' | 'warn' | 'error'): StackEvent => ({
    type: 'log',
    service: 'target',
    line: { level, message: 'word\u0007' },
  });

  it('announces services on standard output', () => {
    const event = { type: 'ready', service: 'draft', address: '127.0.0.1:1', afterMs: 1234 } as const;
    expect(reported(event, false)).toEqual({
      stdout: 'draft           ready at 127.0.0.1:1 after 1.2 s\n',
      stderr: '',
    });
  });

  it('tells problems always and the rest when asked, and disarms what services write', () => {
    expect(reported(log('warn'), false).stderr).toBe('target: word␇\n');
    expect(reported(log('error'), false).stderr).toBe('target: word␇\n');
    expect(reported(log('info'), false).stderr).toBe('');
    expect(reported(log('info'), true).stderr).toBe('target: word␇\n');
  });

  it('says why and when a service starts again', () => {
    const event = { type: 'restart', service: 'draft', reason: 'exited with code 9', inMs: 500 } as const;
    expect(reported(event, false).stderr).toBe('draft: exited with code 9; starting it again in 0.5 s\n');
  });
});
