/** For tests alone: an engine without a model, and a replica over it. */
export { type ToyEngine, type ToyOptions, createToyEngine, toyNext, toyVocabulary } from './engine.js';
export { type ToyReplicaOptions, createToyReplica, toyIdentity } from './replica.js';
