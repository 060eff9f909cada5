import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { writeText } from '../report/result-file.js';
import type { StudyResult } from '../study/types.js';
import { renderSvg } from './render.js';
import { acceptedLengthPlot, boundPlot, ceilingPlot, lambdaPlot, throughputPlot } from './specs.js';

/** The plots by their files' names, in the order in which they are shown. */
export const STUDY_PLOTS: Readonly<Record<string, (result: StudyResult) => TopLevelSpec | undefined>> = {
  throughput: throughputPlot,
  'accepted-length': acceptedLengthPlot,
  bound: boundPlot,
  lambda: lambdaPlot,
  ceiling: ceilingPlot,
};

/** Writes those that the study has something to show in. */
export async function writePlots(result: StudyResult, folder: string): Promise<void> {
  for (const [name, plot] of Object.entries(STUDY_PLOTS)) {
    const spec = plot(result);
    if (spec !== undefined) await writeText(join(folder, `${name}.svg`), await renderSvg(spec));
  }
}
