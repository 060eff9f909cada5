import { describe, expect, it } from 'vitest';
import { evaluationText } from './evaluation-text.js';
import { PROMPT_KINDS, choosePrompts, loadPrompts } from './prompts.js';

describe('the prompts to train on', () => {
  it('are of the same kinds, none of them measured, and conversations that end with the user', () => {
    const training = loadPrompts('training');
    expect(training).toHaveLength(33);
    expect(choosePrompts(6, 'training').map(({ kind }) => kind)).toEqual([...PROMPT_KINDS]);
    const said = (prompts: typeof training): string[] =>
      prompts.flatMap(({ messages }) => messages.map(({ content }) => content));
    const measured = new Set([...said(loadPrompts()), ...loadPrompts().map(({ id }) => id)]);
    for (const text of [...said(training), ...training.map(({ id }) => id)]) expect(measured).not.toContain(text);
    for (const { messages } of training) {
      const spoken = messages.filter(({ role }) => role !== 'system').map(({ role }) => role);
      expect(spoken).toEqual(spoken.map((_, i) => (i % 2 === 0 ? 'user' : 'assistant')));
      expect(spoken.at(-1)).toBe('user');
    }
  });
});

describe('the prompts', () => {
  const prompts = loadPrompts();

  it('are seven of each of six kinds, all different', () => {
    expect(prompts).toHaveLength(42);
    for (const kind of PROMPT_KINDS) expect(prompts.filter((prompt) => prompt.kind === kind)).toHaveLength(7);
    expect(new Set(prompts.map(({ id }) => id)).size).toBe(42);
    expect(new Set(prompts.map(({ messages }) => JSON.stringify(messages))).size).toBe(42);
  });

  it('are conversations that end with the user', () => {
    for (const { id, messages } of prompts) {
      const spoken = messages.filter(({ role }) => role !== 'system').map(({ role }) => role);
      expect(spoken, id).toEqual(spoken.map((_, i) => (i % 2 === 0 ? 'user' : 'assistant')));
      expect(spoken.at(-1), id).toBe('user');
      for (const { content } of messages) expect(content.trim(), id).toBe(content);
    }
  });

  it('come kind by kind in turn, so that a part of them is even', () => {
    expect(choosePrompts(6).map(({ kind }) => kind)).toEqual([...PROMPT_KINDS]);
    expect(choosePrompts(24).filter(({ kind }) => kind === 'code')).toHaveLength(4);
    expect(choosePrompts(undefined)).toHaveLength(42);
  });

  it('cannot be more than there are', () => {
    expect(() => choosePrompts(43)).toThrow('--prompts 43: there are 42');
  });

  it('share no sentence with the text that quality is measured on', () => {
    const text = evaluationText();
    const sentences = prompts.flatMap(({ messages }) =>
      messages.flatMap(({ content }) => content.split(/(?<=[.!?])\s+/)),
    );
    const long = sentences.filter((sentence) => sentence.length > 40);
    expect(long.length).toBeGreaterThan(100);
    for (const sentence of long) expect(text).not.toContain(sentence);
  });
});
