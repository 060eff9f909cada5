/** The option of `generate` that fills a field of the request. */
const OPTIONS: Readonly<Record<string, string>> = {
  prompt: '--prompt <text>',
  text: '--prompt <text>',
  messages: '--prompt <text>',
  'sampling.temperature': '--temperature <number>',
  'sampling.top_k': '--top-k <count>',
  'sampling.top_p': '--top-p <mass>',
  'sampling.min_p': '--min-p <ratio>',
  'sampling.repetition_penalty': '--repetition-penalty <factor>',
  'sampling.frequency_penalty': '--frequency-penalty <number>',
  'sampling.presence_penalty': '--presence-penalty <number>',
  'sampling.logit_bias': '--logit-bias <id:bias>',
  'sampling.banned_token_ids': '--ban-token <id>',
  'sampling.constraint.json_schema': '--json-schema <schema>',
  'sampling.constraint.regex': '--regex <pattern>',
  'sampling.constraint.choice': '--choice <text>',
  max_tokens: '--max-tokens <count>',
  'speculation.acceptance': '--acceptance <mode>',
  'speculation.draft_kind': '--draft-kind <kind>',
  speculation: '--policy <policy>',
  stop: '--stop <text>',
  stop_token_ids: '--stop-token <id>',
  ignore_eos: '--ignore-eos',
  logprobs: '--logprobs <count>',
};

/** By the field's path as errors name it, such as `sampling.logit_bias[2].token_id`; undefined for one no option fills. */
export function optionOfField(path: string): string | undefined {
  const parts = path.replace(/\[\d+\]/g, '').split('.');
  for (let length = parts.length; length > 0; length--) {
    const option = OPTIONS[parts.slice(0, length).join('.')];
    if (option !== undefined) return option;
  }
  return undefined;
}
