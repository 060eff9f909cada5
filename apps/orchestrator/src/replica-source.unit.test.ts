import { describe, expect, it } from 'vitest';
import { describeReplicaSource, parseReplicaSource } from './replica-source.js';

describe('parseReplicaSource', () => {
  it.each([
    ['127.0.0.1:7', { kind: 'static', addresses: ['127.0.0.1:7'] }],
    ['a:1,[::1]:2,a:1', { kind: 'static', addresses: ['a:1', '[::1]:2'] }],
    ['dns:///target.default.svc:7000', { kind: 'dns', name: 'target.default.svc', port: 7000 }],
    ['registry', { kind: 'registry' }],
  ])('reads %s', (text, source) => {
    const parsed = parseReplicaSource(text);
    expect(parsed).toEqual(source);
    expect(parsed && parseReplicaSource(describeReplicaSource(parsed))).toEqual(source);
  });

  it.each(['', 'a', 'a:1,', 'a:70000', 'dns://a:1', 'dns:///a', 'http://a:1', 'a:1;b:2', 'dns:///a:1,dns:///b:1'])(
    'refuses %j',
    (text) => expect(parseReplicaSource(text)).toBeUndefined(),
  );
});
