import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../cli.fixture.js';
import {
  type Conversation,
  ask,
  freeForkName,
  isConversationName,
  readConversation,
  writeConversation,
} from './conversation.js';

const messages: Conversation['messages'] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi.' },
];

describe('a conversation', () => {
  it('begins empty, and is found again as it was kept, by its user alone', async () => {
    const home = temporaryFolder();
    const begun = await readConversation(home, 'chat');
    expect(begun).toMatchObject({ name: 'chat', messages: [] });
    expect(begun.sessionId).toMatch(/^chat-[0-9a-f-]{36}$/);
    expect((await readConversation(home, 'chat')).sessionId).not.toBe(begun.sessionId);
    await writeConversation(home, { ...begun, messages });
    expect(await readConversation(home, 'chat')).toEqual({ ...begun, messages });
    expect(readdirSync(join(home, 'sessions'))).toEqual(['chat.json']);
    if (process.platform !== 'win32') expect(statSync(join(home, 'sessions', 'chat.json')).mode & 0o777).toBe(0o600);
  });

  it.each([
    '',
    '{',
    'null',
    '{"version":2,"sessionId":"s","messages":[]}',
    '{"version":1,"sessionId":"s","messages":[{"role":"wizard","content":""}]}',
  ])('is not read from a file that holds none: %s', async (text) => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'sessions'));
    writeFileSync(join(home, 'sessions', 'chat.json'), text);
    await expect(readConversation(home, 'chat')).rejects.toThrow(/chat\.json holds no conversation; remove it/);
    expect(readFileSync(join(home, 'sessions', 'chat.json'), 'utf8')).toBe(text);
  });

  it('has forks under names of their own', async () => {
    const home = temporaryFolder();
    expect(await freeForkName(home, 'chat')).toBe('chat-2');
    await writeConversation(home, { name: 'chat-2', sessionId: 's', messages });
    expect(await freeForkName(home, 'chat')).toBe('chat-3');
  });

  it('has a name that is safe as a file’s', () => {
    for (const name of ['chat', 'A.b_c-9', '7']) expect(isConversationName(name)).toBe(true);
    for (const name of ['', '.', '..', '../x', 'a/b', 'a b', '-x', 'é', 'x'.repeat(65)]) {
      expect(isConversationName(name)).toBe(false);
    }
  });
});

describe('the next question', () => {
  it('comes after what was said', () => {
    expect(ask(messages, 'And?', undefined)).toEqual([...messages, { role: 'user', content: 'And?' }]);
  });

  it('may change the system message, which stands first', () => {
    expect(ask(messages, 'And?', 'Rhyme.')).toEqual([
      { role: 'system', content: 'Rhyme.' },
      ...messages.slice(1),
      { role: 'user', content: 'And?' },
    ]);
  });
});
