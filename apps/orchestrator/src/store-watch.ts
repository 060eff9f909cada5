import { StoreError } from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';

/** The shared state, as far as it answers: nothing that is generated depends on it. */
export interface StoreWatch {
  /** The answer, or `instead` when there is none. Rejects with anything but a StoreError. */
  ask<T, F>(question: () => Promise<T>, instead: F): Promise<T | F>;
  /** A question that was asked elsewhere failed. */
  failed(error: StoreError): void;
}

/** Refusals that are told apart, at most. */
const mostRefusals = 100;

/**
 * Says once that the store is gone, and once that it is back. A store that refuses is there, and says why: each reason
 * is told once.
 */
export function watchStore(log: Logger): StoreWatch {
  let gone = false;
  const refusals = new Set<string>();

  const failed = (error: StoreError): void => {
    const fields = { [logFields.errorCode]: error.code, err: error };
    if (error.code !== 'unavailable') {
      if (refusals.has(error.message) || refusals.size >= mostRefusals) return;
      refusals.add(error.message);
      log.warn(fields, 'the shared state refuses: sessions go on without what it knows');
    } else if (!gone) {
      gone = true;
      log.warn(fields, 'the shared state is gone: sessions go on without what it knows');
    }
  };
  return {
    failed,
    async ask(question, instead) {
      try {
        const answer = await question();
        if (gone) log.info('the shared state is back');
        gone = false;
        return answer;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        failed(error);
        return instead;
      }
    },
  };
}
