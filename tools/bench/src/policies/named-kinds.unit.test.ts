import { expect, it } from 'vitest';
import { splitKind, withKinds } from './named-kinds.js';

it('pairs each policy that drafts with each kind, and takes the pairs apart again', () => {
  const names = withKinds(['off', 'static:2', 'adaedl'], ['neural', 'hybrid']);
  expect(names).toEqual(['off', 'static:2 neural', 'static:2 hybrid', 'adaedl neural', 'adaedl hybrid']);
  expect(names.map(splitKind)).toEqual([
    { policy: 'off' },
    { policy: 'static:2', draftKind: 'neural' },
    { policy: 'static:2', draftKind: 'hybrid' },
    { policy: 'adaedl', draftKind: 'neural' },
    { policy: 'adaedl', draftKind: 'hybrid' },
  ]);
  expect(withKinds(['off', 'adaedl'])).toEqual(['off', 'adaedl']);
});
