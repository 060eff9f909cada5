/** Output held to a JSON schema, a regular expression or a list of choices, by masks over the vocabulary. */
export { createConstraintCompiler, type ConstraintCompilerOptions } from './compiler.js';
export { ConstraintError, type ConstraintErrorCode } from './error.js';
export type { CompiledConstraint, ConstraintCompiler, ConstraintSpec, ConstraintState } from './types.js';
