/**
 * Port: what policies have learned, by who learned it in which circumstances, as JSON data. Forgotten when it was not
 * kept anew for a month. Rejects with a StoreError when the store cannot be asked.
 */
export interface WarmStartStore {
  /** undefined when nothing is known. */
  find(key: string): Promise<unknown>;
  keep(key: string, state: unknown): Promise<void>;
}
