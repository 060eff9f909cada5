/** From the last hidden rows to distributions: what leaves the graph is small, whatever the vocabulary's size. */
import { linear, type LinearForm, type LinearLayer } from './linear.js';
import type { OnnxWriter, Value } from './onnx-writer.js';
import { INPUTS, OUTPUTS } from './signature.js';

/** `hidden` is [T, hidden size], normalised. */
export function samplingHead(graph: OnnxWriter, form: LinearForm, layer: LinearLayer, hidden: Value): void {
  const scored = graph.op('Gather', [hidden, INPUTS.scoredRows]);
  // A bias is not scaled by a scaled input, so that the temperature then has to come after it.
  const early = layer.bias === undefined;
  const scaled = early ? graph.op('Mul', [scored, INPUTS.inverseTemperature]) : scored;
  const raw = linear(graph, form, layer, scaled, early ? OUTPUTS.logits : undefined);
  const logits = early ? raw : graph.op('Mul', [raw, INPUTS.inverseTemperature], {}, OUTPUTS.logits);
  const sorted = { axis: -1, largest: 1, sorted: 1 };
  graph.node('', 'TopK', [logits, graph.integers(2)], [OUTPUTS.bestLogits, OUTPUTS.bestRows], sorted);
  const wanted = graph.op('Gather', [logits, INPUTS.lawRows]);
  const probabilities = graph.op('Softmax', [wanted], { axis: -1 });
  graph.node('', 'TopK', [probabilities, INPUTS.lawSize], [OUTPUTS.lawProbabilities, OUTPUTS.lawRows], sorted);
  graph.op('GatherElements', [probabilities, INPUTS.candidates], { axis: 1 }, OUTPUTS.candidateProbabilities);
  const terms = graph.op('Mul', [probabilities, wanted]);
  graph.op('ReduceSum', [terms, graph.integers(1)], { keepdims: 1 }, OUTPUTS.expectedLogit);

  const vocabulary = layer.weights.length / layer.inputs;
  graph.output(OUTPUTS.logits, 'float32', ['R', vocabulary]);
  graph.output(OUTPUTS.bestLogits, 'float32', ['R', 2]);
  graph.output(OUTPUTS.bestRows, 'int64', ['R', 2]);
  graph.output(OUTPUTS.lawProbabilities, 'float32', ['Q', 'K']);
  graph.output(OUTPUTS.lawRows, 'int64', ['Q', 'K']);
  graph.output(OUTPUTS.candidateProbabilities, 'float32', ['Q', 'C']);
  graph.output(OUTPUTS.expectedLogit, 'float32', ['Q', 1]);
}
