/** The generated messages and services, under one name, since their names repeat the domain's. */
export * from './gen/outrider/v1/common.js';
export * from './gen/outrider/v1/draft.js';
export * from './gen/outrider/v1/generation.js';
export * from './gen/outrider/v1/target.js';
