/**
 * Renders chat templates so that only the template itself can produce special tokens.
 *
 * Rendering to one string and then looking for special tokens would let a user who types `<|im_end|>` end their own
 * turn and speak as the system. So the provenance is kept: before the template is compiled, every special token in
 * its text and string literals is replaced by a marker (a delimiter, a number, the delimiter), and so are bos_token and
 * eos_token. The delimiter is a character that occurs neither in the template nor in any message, hence each
 * marker in the output comes from the template, and what a user typed stays text. Messages reach the
 * template unchanged, so its own string operations (trim, split, tests) work on them as intended.
 */
import { parse, Template, tokenize } from '@huggingface/jinja';
import { ModelError } from '../error.js';

export interface ChatMessage {
  /** Usually system, user or assistant; a template may refuse others. */
  readonly role: string;
  readonly content: string;
}

/** A piece of a rendered prompt: text to encode, or a special token's id. */
export type PromptPiece = string | number;

export interface SpecialToken {
  readonly id: number;
  readonly content: string;
}

export interface ChatTemplate {
  /** Errors: `invalid_argument` if the template refuses the messages. */
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): PromptPiece[];
}

/**
 * `variables` are bos_token and eos_token, when the model has them.
 * Errors: `unsupported` if the template cannot be parsed, or builds a special token from parts, which
 * would be encoded as text.
 */
export function chatTemplate(
  source: string,
  specialTokens: readonly SpecialToken[],
  variables: Readonly<Record<string, string>>,
): ChatTemplate {
  const specials = new Specials(specialTokens);
  let compiled: { delimiter: string; template: Template } | undefined;
  const compiledFor = (texts: readonly string[]): { delimiter: string; template: Template } => {
    if (compiled === undefined || texts.some((text) => text.includes(compiled?.delimiter ?? ''))) {
      const delimiter = unusedCharacter([source, ...texts]);
      compiled = { delimiter, template: compile(source, specials, delimiter) };
    }
    return compiled;
  };
  const render = (messages: readonly ChatMessage[], addGenerationPrompt: boolean): PromptPiece[] => {
    const { delimiter, template } = compiledFor(messages.flatMap(({ role, content }) => [role, content]));
    const markedVariables = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, specials.mark(value, delimiter)]),
    );
    let text: string;
    try {
      text = template.render({
        ...markedVariables,
        messages: messages.map((each) => ({ ...each })),
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (reason) {
      const why = reason instanceof Error ? reason.message : String(reason);
      throw new ModelError('invalid_argument', `the chat template refuses these messages: ${why}`, { cause: reason });
    }
    return specials.pieces(text, delimiter);
  };
  refuseComposedSpecials(render, specials);
  return { render };
}

class Specials {
  private readonly pattern: RegExp | undefined;
  private readonly numbers: ReadonlyMap<string, number>;

  constructor(private readonly tokens: readonly SpecialToken[]) {
    this.numbers = new Map(tokens.map(({ content }, number) => [content, number]));
    const longestFirst = tokens.map(({ content }) => content).sort((a, b) => b.length - a.length);
    this.pattern = tokens.length === 0 ? undefined : new RegExp(longestFirst.map(escapePattern).join('|'), 'g');
  }

  mark(text: string, delimiter: string): string {
    return this.pattern === undefined
      ? text
      : text.replace(this.pattern, (content) => `${delimiter}${this.numbers.get(content) ?? ''}${delimiter}`);
  }

  occursIn(text: string): boolean {
    return this.pattern !== undefined && text.search(this.pattern) >= 0;
  }

  pieces(rendered: string, delimiter: string): PromptPiece[] {
    // Splitting at every delimiter leaves text at even places and marker numbers at odd ones.
    return rendered.split(delimiter).flatMap((part, place): PromptPiece[] => {
      if (place % 2 === 0) return part === '' ? [] : [part];
      const token = /^\d+$/.test(part) ? this.tokens[Number(part)] : undefined;
      if (token === undefined) throw new ModelError('unsupported', 'the chat template takes special tokens apart');
      return [token.id];
    });
  }
}

function compile(source: string, specials: Specials, delimiter: string): Template {
  try {
    const tokens = tokenize(source, { lstrip_blocks: true, trim_blocks: true });
    for (const token of tokens) {
      if (token.type === 'Text' || token.type === 'StringLiteral') token.value = specials.mark(token.value, delimiter);
    }
    const template = new Template('');
    template.parsed = parse(tokens);
    return template;
  } catch (reason) {
    const why = reason instanceof Error ? reason.message : String(reason);
    throw new ModelError('unsupported', `the chat template cannot be parsed: ${why}`, { cause: reason });
  }
}

/** A template may write '<|' + role + '|>'. Neutral conversations bring that to light. */
function refuseComposedSpecials(
  render: (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => PromptPiece[],
  specials: Specials,
): void {
  const user = { role: 'user', content: 'x' };
  const assistant = { role: 'assistant', content: 'x' };
  const system = { role: 'system', content: 'x' };
  for (const messages of [[user], [user, assistant, user], [system, user]]) {
    let pieces: PromptPiece[];
    try {
      pieces = render(messages, true);
    } catch (reason) {
      // Many templates refuse a system message or a lone user; what they refuse cannot be encoded wrongly.
      if (reason instanceof ModelError && reason.code === 'invalid_argument') continue;
      throw reason;
    }
    if (pieces.some((piece) => typeof piece === 'string' && specials.occursIn(piece))) {
      throw new ModelError('unsupported', 'the chat template builds special tokens from parts');
    }
  }
}

/** A noncharacter that no text contains, or failing those a character from a private-use plane. */
function unusedCharacter(texts: readonly string[]): string {
  for (let codePoint = 0xfdd0; ; codePoint = codePoint === 0xfdef ? 0xf0000 : codePoint + 1) {
    const character = String.fromCodePoint(codePoint);
    if (!texts.some((text) => text.includes(character))) return character;
  }
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
