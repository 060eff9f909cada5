/** What tests share: seeded randomness, toy language models with their exact laws, and chi-square tests. */
export { type ToyAdjustments, adjustedLogits } from './adjusted-logits.js';
export { type SequenceOptions, type ToySampling, autoregressiveLaw, nextTokenLaw } from './autoregressive-law.js';
export { type ChiSquareResult, chiSquareTest, chiSquareTwoSampleTest, countKeys } from './chi-square.js';
export { type Enumeration, type NamedChooser, enumerateOutcomes, largestDifference } from './enumerate.js';
export { seededRandom } from './seeded-random.js';
export { type ToyModel, constantModel, toyModel } from './toy-model.js';
