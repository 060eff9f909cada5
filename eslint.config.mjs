/**
 * Lint rules. The dependency table of the house is here twice over: which of our packages may import which
 * (`boundaries`), and which package alone may import an outside one (`owners`). tools/verify/lint-rules.int.test.ts
 * proves every row with a fixture that breaks it.
 */
import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const testFiles = ['**/*.test.ts', '**/*.fixture.ts'];
const core = 'libs/speculation';

/**
 * Which of our packages may import which, by the tags in each package.json.
 *
 * @param {string[]} extra tags that every package may import besides
 */
function boundaries(extra) {
  const ports = ['type:core', 'type:contracts', 'type:util', ...extra];
  return [
    { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:service', 'type:adapter', ...ports] },
    // What several apps are made of joins adapters as an app does, but knows no models: an app finds them.
    {
      sourceTag: 'type:service',
      onlyDependOnLibsWithTags: ['scope:inference', 'scope:rpc', 'scope:sessions', ...ports],
    },
    // Adapters are named one by one: a new one imports nothing until it has a line here.
    { allSourceTags: ['type:adapter', 'scope:inference'], onlyDependOnLibsWithTags: ['scope:models', ...ports] },
    { allSourceTags: ['type:adapter', 'scope:models'], onlyDependOnLibsWithTags: ports },
    { allSourceTags: ['type:adapter', 'scope:sessions'], onlyDependOnLibsWithTags: ports },
    { allSourceTags: ['type:adapter', 'scope:rpc'], onlyDependOnLibsWithTags: ports },
    { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: ['type:core', 'type:util', ...extra] },
    { sourceTag: 'type:core', onlyDependOnLibsWithTags: extra },
    { sourceTag: 'type:util', onlyDependOnLibsWithTags: ['type:util', ...extra] },
    { sourceTag: 'type:testing', onlyDependOnLibsWithTags: [] },
  ];
}

/** @param {string[]} extra */
function moduleBoundaries(extra) {
  return /** @type {import('eslint').Linter.RuleEntry} */ ([
    'error',
    {
      depConstraints: boundaries(extra),
      banTransitiveDependencies: true,
      // The CLI loads heavy packages only when a command needs them.
      checkDynamicDependenciesExceptions: ['.*'],
    },
  ]);
}

/** Outside packages (the start of their names) that one package of ours wraps for all others. */
const owners = [
  { imports: 'onnxruntime-', owner: 'libs/inference' },
  { imports: 'ioredis', owner: 'libs/sessions' },
  { imports: '@grpc\\u002F', owner: 'libs/rpc' },
  { imports: 'grpc-', owner: 'libs/rpc' },
  { imports: '@opentelemetry\\u002F(?!api$)', owner: 'libs/telemetry' },
];

/**
 * A selector for every form of import (static, re-export, dynamic) of the modules a pattern matches.
 *
 * @param {string} pattern regular expression, with every slash written as \u002F
 */
function importOf(pattern) {
  return `:matches(ImportDeclaration, ExportNamedDeclaration, ExportAllDeclaration, ImportExpression)[source.value=/${pattern}/]`;
}

/** @param {string} [folder] the package that the restrictions are for */
function ownedImports(folder) {
  return owners
    .filter(({ owner }) => owner !== folder)
    .map(({ imports, owner }) => ({ selector: importOf(`^${imports}`), message: `Only ${owner} imports this.` }));
}

/**
 * @param {string} owner
 * @returns {import('eslint').Linter.Config}
 */
function mayImportItsOwn(owner) {
  return { files: [`${owner}/**`], rules: { 'no-restricted-syntax': ['error', ...ownedImports(owner)] } };
}

const relativeImportsOnly = (/** @type {string} */ who) => ({
  selector: importOf('^(?!\\.{1,2}\\u002F)'),
  message: `${who} imports nothing.`,
});

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.nx/**',
      'coverage/**',
      'libs/contracts/src/gen/**',
      'tools/verify/fixtures/**',
    ],
  },
  // A rule that can be switched off in passing is not a rule.
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      // Text from models is cleaned of control characters before it reaches a terminal.
      'no-control-regex': 'off',
      // The compiler knows every name, in scripts too.
      'no-undef': 'off',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is seeded and passed in.' },
      ],
      'no-restricted-syntax': ['error', ...ownedImports()],
      'no-restricted-imports': ['error', { name: '@outrider/replica/toy', message: 'Only tests import this.' }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
    },
  },
  {
    files: ['{apps,libs,tools}/*/**/*.ts'],
    plugins: { '@nx': nx },
    rules: { '@nx/enforce-module-boundaries': moduleBoundaries([]) },
  },
  {
    files: testFiles,
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(['type:testing']),
      'no-restricted-imports': 'off',
    },
  },
  ...[...new Set(owners.map(({ owner }) => owner))].map(mayImportItsOwn),
  {
    files: ['libs/testing/**'],
    ignores: testFiles,
    rules: { 'no-restricted-syntax': ['error', relativeImportsOnly('libs/testing')] },
  },
  {
    // Starting a server takes Node; what starts them is an entry point of its own, apart from what the core's tests use.
    files: ['libs/testing/src/redis/**'],
    ignores: testFiles,
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: importOf('^(?!\\.{1,2}\\u002F|node:)'), message: 'libs/testing imports nothing but Node.' },
      ],
    },
  },
  {
    files: [`${core}/**`],
    ignores: testFiles,
    rules: { 'no-restricted-syntax': ['error', relativeImportsOnly('The core')] },
  },
  {
    // The core has no clock, no I/O and no hidden state, in its tests neither.
    files: [`${core}/**`],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['Date', 'performance', 'crypto', 'process', 'console', 'fetch', 'globalThis', 'Buffer'],
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
      ],
    },
  },
  {
    // A decoding round is read in one go, so it stays on one screen.
    files: [`${core}/src/round.ts`, `${core}/src/decode.ts`],
    rules: { 'max-lines-per-function': ['error', { max: 60 }] },
  },
);
