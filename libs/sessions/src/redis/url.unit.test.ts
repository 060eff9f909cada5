import { describe, expect, it } from 'vitest';
import { StoreError } from '../error.js';
import { parseRedisUrl } from './url.js';

const server = { host: 'redis.example', port: 6379 };

describe('parseRedisUrl', () => {
  it.each([
    ['redis://redis.example', { mode: 'standalone', tls: false, server, db: 0 }],
    ['rediss://redis.example:7000/3', { mode: 'standalone', tls: true, server: { ...server, port: 7000 }, db: 3 }],
    ['redis://[::1]:7000', { mode: 'standalone', tls: false, server: { host: '::1', port: 7000 }, db: 0 }],
    [
      'redis://me:p%40ss%2Fw%3Aord@redis.example/',
      { mode: 'standalone', tls: false, username: 'me', password: 'p@ss/w:ord', server, db: 0 },
    ],
    ['redis://:secret@redis.example', { mode: 'standalone', tls: false, password: 'secret', server, db: 0 }],
    [
      'redis+sentinel://a,b:5/main/2',
      {
        mode: 'sentinel',
        tls: false,
        sentinels: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 5 },
        ],
        name: 'main',
        db: 2,
      },
    ],
    [
      'rediss+cluster://:pw@a:1,b',
      {
        mode: 'cluster',
        tls: true,
        password: 'pw',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 6379 },
        ],
      },
    ],
  ])('reads %s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    'redis.example:6379',
    'http://secret@redis.example',
    'redis://',
    'redis://secret@',
    'redis://a,b',
    'redis://a:0',
    'redis://a:65536',
    'redis://a:port',
    'redis://a/secret',
    'redis://a/0/secret',
    'redis://secret:%zz@a',
    'redis+sentinel://a:1',
    'redis+sentinel://a:1/main/x',
    'redis+cluster://a/1',
    'redis+cluster://a,,b',
    'redis://a?secret=1',
  ])('refuses %s, without repeating it', (url) => {
    let refusal: unknown;
    try {
      parseRedisUrl(url);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(StoreError);
    expect(refusal).toMatchObject({ code: 'invalid_options', message: expect.stringMatching(/^the Redis URL /) });
    expect((refusal as StoreError).message).not.toContain('secret');
  });
});
