import { StoreError } from '@outrider/sessions';
import { type Logger, logFields } from '@outrider/telemetry';

/** The shared state, as far as it answers: nothing that is generated depends on it. */
export interface StoreWatch {
  /** The answer, or `instead` when the store cannot be asked. Rejects with anything but a StoreError. */
  ask<T, F>(question: () => Promise<T>, instead: F): Promise<T | F>;
  /** A question that was asked elsewhere failed. */
  failed(error: StoreError): void;
}

/** Says once that the store is away, and once that it is back. */
export function watchStore(log: Logger): StoreWatch {
  let away = false;
  const failed = (error: StoreError): void => {
    const fields = { [logFields.errorCode]: error.code, err: error };
    if (!away) log.warn(fields, 'the shared state is away: sessions go on without what it knows');
    away = true;
  };
  return {
    failed,
    async ask(question, instead) {
      try {
        const answer = await question();
        if (away) log.info('the shared state is back');
        away = false;
        return answer;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        failed(error);
        return instead;
      }
    },
  };
}
