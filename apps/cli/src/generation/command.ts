import type { GenerateCommand } from '@outrider/contracts';
import type { LogitAdjustments, PolicySpec, Sampling } from '@outrider/speculation';
import { constraintOf, type ConstraintChoices } from '../options/constraint-options.js';
import type { EndingChoices } from '../options/ending-options.js';
import type { GenerateOptions } from '../options/generate-options.js';
import type { SamplingChoices } from '../options/sampling-options.js';
import { ask, type Conversation } from './conversation.js';

/** The request for one completion of `promptText`, after what was said in the conversation, with the policy given here (the server's own when undefined). */
export function generateCommand(
  options: GenerateOptions,
  promptText: string,
  policy: PolicySpec | undefined,
  conversation?: Conversation,
): GenerateCommand {
  const { acceptance, draftKind, logprobs } = options;
  return {
    prompt: options.raw
      ? { type: 'text', text: promptText }
      : { type: 'messages', messages: ask(conversation?.messages ?? [], promptText, options.system) },
    sampling: samplingOf(options),
    ...endingOf(options),
    ...(policy === undefined ? {} : { policy }),
    ...(acceptance === undefined ? {} : { acceptance }),
    ...(draftKind === undefined ? {} : { draftKind }),
    ...(logprobs === undefined ? {} : { logprobs }),
    ...(conversation === undefined ? {} : { sessionId: conversation.sessionId }),
    ...(options.fork ? { fork: true } : {}),
  };
}

function samplingOf(choices: SamplingChoices & ConstraintChoices): Sampling {
  const { temperature, topK, topP, minP, seed } = choices;
  const adjustments = adjustmentsOf(choices);
  const constraint = constraintOf(choices);
  return {
    temperature,
    topK,
    topP: topP ?? 1,
    seed,
    ...(minP === undefined ? {} : { minP }),
    ...(Object.keys(adjustments).length === 0 ? {} : { adjustments }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}

function adjustmentsOf(choices: SamplingChoices): LogitAdjustments {
  const { repetitionPenalty, frequencyPenalty, presencePenalty, logitBias = [], banToken = [] } = choices;
  const bias = [...logitBias, ...banToken.map((id) => ({ id, bias: -Infinity }))];
  return {
    ...(repetitionPenalty === undefined ? {} : { repetitionPenalty }),
    ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
    ...(presencePenalty === undefined ? {} : { presencePenalty }),
    ...(bias.length === 0 ? {} : { bias }),
  };
}

function endingOf({ maxTokens, stop, stopToken, ignoreEos }: EndingChoices) {
  return {
    maxTokens,
    ...(stop === undefined ? {} : { stop }),
    ...(stopToken === undefined ? {} : { stopTokenIds: stopToken }),
    ...(ignoreEos === undefined ? {} : { ignoreEos }),
  };
}
