/** Days after which a warm start that was not kept anew is forgotten. */
export const WARM_START_DAYS = 30;

/**
 * Port: what policies have learned, by who learned it in which circumstances, as JSON data. Forgotten when it was not
 * kept anew for WARM_START_DAYS. Rejects with a StoreError when the store cannot be asked.
 */
export interface WarmStartStore {
  /** undefined when nothing is known. */
  find(key: string): Promise<unknown>;
  keep(key: string, state: unknown): Promise<void>;
}
