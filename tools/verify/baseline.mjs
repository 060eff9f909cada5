/**
 * Takes the present .proto files as the ones that clients out there were built from: from now on `npm test` fails on
 * a change that would break them. Run it when a version of the API is released.
 *
 * Usage: npm run baseline
 */
import { buf } from './workspace.mjs';

buf(['build', '--exclude-source-info', '--output', 'baseline.binpb']);
