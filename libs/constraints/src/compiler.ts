import { automatonOf } from './automaton.js';
import { choiceExpression } from './choice.js';
import { determinizer } from './determinizer.js';
import { ConstraintError, inField } from './error.js';
import type { Expression } from './expression.js';
import { regexExpression } from './regex.js';
import { schemaExpression } from './schema/schema.js';
import { constraintState } from './state.js';
import type { CompiledConstraint, ConstraintCompiler, ConstraintSpec } from './types.js';
import { type Vocabulary, vocabularyOf } from './vocabulary.js';

export interface ConstraintCompilerOptions {
  /** A token's bytes. */
  readonly tokenBytes: (id: number) => Uint8Array | string;
  /** Tokens that no output may hold, such as a chat template's marks; a token without bytes is one anyway. */
  readonly isSpecial?: (id: number) => boolean;
  /** Ids are below it. */
  readonly vocabularySize: number;
  /** At least one. */
  readonly endTokenIds: readonly number[];
  /** Compiled constraints kept, 16 by default; each may come to hold about 15 MB. */
  readonly cacheSize?: number;
}

/** Prepares a vocabulary, which takes about a tenth of a second for 50,000 tokens. */
export function createConstraintCompiler(options: ConstraintCompilerOptions): Promise<ConstraintCompiler> {
  const { tokenBytes, isSpecial, vocabularySize, endTokenIds, cacheSize = 16 } = options;
  const vocabulary = vocabularyOf(
    (id) => (isSpecial?.(id) === true ? '' : tokenBytes(id)),
    vocabularySize,
    endTokenIds,
  );
  // Least recently used first: a Map keeps the order of insertion.
  const cache = new Map<string, CompiledConstraint>();
  return Promise.resolve({
    async compile(spec) {
      const key = JSON.stringify(spec);
      const compiled = cache.get(key) ?? compile(spec, vocabulary);
      cache.delete(key);
      cache.set(key, compiled);
      for (const oldest of cache.keys()) {
        if (cache.size <= cacheSize) break;
        cache.delete(oldest);
      }
      return compiled;
    },
  });
}

function compile(spec: ConstraintSpec, vocabulary: Vocabulary): CompiledConstraint {
  const automaton = inField(spec.kind, () => {
    try {
      return determinizer(automatonOf(expressionOf(spec, vocabulary), vocabulary.canWrite));
    } catch (reason) {
      // Nesting deeper than the stack.
      if (reason instanceof RangeError) throw new ConstraintError('too_complex', spec.kind, 'it is nested too deeply');
      throw reason;
    }
  });
  const compiled = { start: () => constraintState(spec.kind, automaton, vocabulary) };
  // The first mask is needed anyway, and shows most of what is too complex while the request can still be refused.
  compiled.start().mask();
  return compiled;
}

function expressionOf(spec: ConstraintSpec, vocabulary: Vocabulary): Expression {
  switch (spec.kind) {
    case 'json_schema':
      return schemaExpression(spec.schema);
    case 'regex':
      return regexExpression(spec.pattern);
    case 'choice':
      return choiceExpression(spec.choices, vocabulary.canWrite);
    default:
      return spec satisfies never;
  }
}
