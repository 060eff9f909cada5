/** What the services of a stack do, in lines a person can follow. */
import type { StackEvent } from '../stack/stack-event.js';
import { sanitise } from './sanitise.js';
import type { Style } from './style.js';

export interface ReporterSinks {
  /** Where ready services are announced; nowhere when undefined. */
  readonly stdout?: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export interface StackReporter {
  readonly onEvent: (event: StackEvent) => void;
  /** All serve; clients may call any of these. */
  up(orchestrators: readonly string[]): void;
}

const NAME_WIDTH = 'orchestrator-1'.length;

/** Problems always, everything a service logs when `verbose`. */
export function createStackReporter(sinks: ReporterSinks, style: Style, verbose: boolean | undefined): StackReporter {
  const { stdout, stderr } = sinks;
  const say = (service: string, text: string): unknown => stderr.write(`${service}: ${text}\n`);
  return {
    onEvent: (event) => {
      switch (event.type) {
        case 'ready':
          stdout?.write(
            `${event.service.padEnd(NAME_WIDTH)}  ready at ${event.address} after ${(event.afterMs / 1000).toFixed(1)} s\n`,
          );
          break;
        case 'restart':
          say(
            event.service,
            style.warning(`${event.reason}; starting it again in ${(event.inMs / 1000).toFixed(1)} s`),
          );
          break;
        case 'log': {
          const { level, message } = event.line;
          const text = sanitise(message);
          if (level === 'error') say(event.service, style.failure(text));
          else if (level === 'warn') say(event.service, style.warning(text));
          else if (verbose) say(event.service, style.dim(text));
          break;
        }
      }
    },
    up: ([address, ...others]) => {
      stdout?.write(`outrider is up; try: outrider generate --address ${address} --prompt "Hello"\n`);
      if (others.length > 0) stdout?.write(`the same sessions are served at ${others.join(', ')}\n`);
    },
  };
}
