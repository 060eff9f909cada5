import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelError } from '../error.js';
import { cacheHome, modelDirectory } from './cache-home.js';

describe('cacheHome', () => {
  it('is OUTRIDER_HOME when that is set', () => {
    expect(cacheHome({ OUTRIDER_HOME: '/data/outrider', XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/data/outrider');
    expect(cacheHome({ OUTRIDER_HOME: 'here' }, 'linux')).toBe(resolve('here'));
  });

  it("is in the user's cache folder as each system has it", () => {
    expect(cacheHome({}, 'linux')).toBe(join(homedir(), '.cache', 'outrider'));
    expect(cacheHome({ OUTRIDER_HOME: '' }, 'linux')).toBe(join(homedir(), '.cache', 'outrider'));
    expect(cacheHome({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/outrider');
    expect(cacheHome({ XDG_CACHE_HOME: 'relative' }, 'linux')).toBe(join(homedir(), '.cache', 'outrider'));
    expect(cacheHome({}, 'darwin')).toBe(join(homedir(), 'Library', 'Caches', 'outrider'));
    expect(cacheHome({ LOCALAPPDATA: '/local' }, 'win32')).toBe(join('/local', 'outrider'));
  });
});

describe('modelDirectory', () => {
  it('has a folder for each name', () => {
    expect(modelDirectory('smollm2-135m.q4_1', { home: '/h' })).toBe('/h/models/smollm2-135m.q4_1');
  });

  it.each(['', '..', '../x', 'a/b', 'a\\b', '.hidden', 'Upper', 'x'.repeat(65), 'a b'])('refuses %j', (name) => {
    expect(() => modelDirectory(name, { home: '/h' })).toThrow(ModelError);
  });
});
