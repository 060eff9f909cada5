/** From environment and flags to one frozen, typed record, checked once. */
export { type Range, address, choice, flag, integer, optionalAddress, optionalInteger, optionalText } from './kinds.js';
export { requiredAddress, text } from './kinds.js';
export { oneMachineEnvironment } from './one-machine.js';
export { redisSettings } from './redis-settings.js';
export { replicaSettings, serviceSettings } from './service-settings.js';
export { type Config, ConfigError, type Setting, type Settings, readConfig } from './settings.js';
