/** `bench study`: every policy with every draft, real and replayed, as the paper compares them. */
import { join } from 'node:path';
import { BenchError } from '../bench-error.js';
import type { BenchContext } from '../context.js';
import { defaultPair } from '../models.js';
import { tracesFolder } from '../paths.js';
import { writePlots } from '../plots/write.js';
import { modelName } from '../policies/result.js';
import { knownCosts } from '../profiles/command.js';
import { loadProfile } from '../profiles/files.js';
import { type DeviceProfile, THIS_MACHINE } from '../profiles/types.js';
import { loadLearnedWeights } from '../replay/learned.js';
import { type Provenance, codeVersion, describeRun } from '../report/provenance.js';
import { resultPath, writeResult } from '../report/result-file.js';
import { choosePrompts, loadPrompts } from '../workload/prompts.js';
import { cellOf } from './cell.js';
import { studyChecks } from './checks.js';
import { openDrafts } from './drafts.js';
import { type Journal, openJournal } from './journal.js';
import { machineProfile } from './machine-profile.js';
import { type StudyOptions, settingsOf, shownLength } from './plan.js';
import { linesOf, measureReal } from './real.js';
import { replayedCell, runReplays } from './run-replays.js';
import { shortRows, studyReport } from './table.js';
import type { BoundBin, StudyCell, StudyDraft, StudyLine, StudyResult, StudySettings } from './types.js';

export async function runStudy(options: StudyOptions, context: BenchContext): Promise<void> {
  const { args, progress, stdout } = context;
  const provenance = describeRun(args, new Date());
  const settings = await settingsOf(options, loadPrompts().length);
  const { target } = await defaultPair(context);
  const drafts = await openDrafts(settings.drafts, context);
  const output = options.output ?? resultPath(options.quick === true ? 'study-quick' : 'study');
  const stem = output.replace(/\.json$/, '');
  const models = {
    target: modelName(target.manifest),
    drafts: Object.fromEntries(drafts.map(({ model, name }) => [name, model])),
  };
  const journal = await openJournal<StudyLine>(
    `${stem}.measurements.jsonl`,
    identityOf(provenance, settings, models),
    options.fresh === true,
  );
  if (journal.lines.length > 0) progress.note(`going on after ${journal.lines.length} finished parts`);

  try {
    if (settings.real !== undefined) {
      const { policies, prompts, repeat, temperatures } = settings.real;
      const { maxTokens, threads } = settings;
      const plan = { prompts: choosePrompts(prompts), policies, temperatures, repeat, maxTokens, seed: options.seed };
      await measureReal(plan, drafts, target, threads, journal, context);
    }
    const profiles = await openProfiles(settings, drafts, journal, context);
    const traces = {
      prompts: choosePrompts(settings.prompts),
      maxTokens: settings.maxTokens,
      threads: settings.threads,
      seed: options.seed,
      // A look of its own size adds none to the committed ones.
      folders: [tracesFolder, ...(options.output === undefined && options.quick !== true ? [] : [`${stem}.traces`])],
    };
    const learned = await loadLearnedWeights();
    const bound = await runReplays({ settings, drafts, profiles, target, traces, learned }, journal, context);

    const cells = cellsOf(settings, journal);
    const result: StudyResult = {
      benchmark: 'study',
      ...provenance,
      settings,
      models,
      profiles: profiles.map(({ name, simulated, title }) => ({ name, title, simulated })),
      checks: studyChecks(cells),
      shown: shownLength(settings.lengths),
      ...partsToShow(settings, cells, bound, journal),
    };
    stdout.write(studyReport(result));
    await writeResult(output, result);
    const plots = options.plots ?? join(stem.replace(/[^/\\]*$/, ''), options.quick === true ? 'plots-quick' : 'plots');
    await writePlots(result, plots);
    progress.note(`written to ${output} and ${plots}`);
  } finally {
    progress.end();
  }
}

/** Lines of two runs may stand in one file when this is the same. */
function identityOf({ machine }: Provenance, settings: StudySettings, models: StudyResult['models']): unknown {
  return { ...settings, models, code: codeVersion(), machine };
}

async function openProfiles(
  settings: StudySettings,
  drafts: readonly StudyDraft[],
  journal: Journal<StudyLine>,
  context: BenchContext,
): Promise<DeviceProfile[]> {
  const fittedProfile = async (): Promise<DeviceProfile> => {
    const kept = journal.lines.find((line) => line.type === 'profile');
    if (kept !== undefined) return kept.profile;
    const profile = machineProfile(drafts, journal, await knownCosts(settings.threads, context));
    await journal.add({ type: 'profile', profile });
    return profile;
  };
  const profiles: DeviceProfile[] = [];
  for (const name of settings.profiles) {
    const fitted = name === THIS_MACHINE && settings.real !== undefined;
    profiles.push(fitted ? await fittedProfile() : await loadProfile(name));
  }
  return profiles;
}

/** Real ones first, then by profile. */
function cellsOf(settings: StudySettings, journal: Journal<StudyLine>): StudyCell[] {
  const { real } = settings;
  const measured = settings.drafts.flatMap((draft) =>
    (real?.temperatures ?? []).map((temperature) => {
      const figures = linesOf(journal, draft).flatMap((line) => line.measurements);
      const own = figures.filter((each) => each.temperature === temperature);
      return cellOf({ source: 'real', draft, temperature }, real?.policies ?? [], own);
    }),
  );
  const replayed = settings.profiles.flatMap((source) =>
    settings.drafts.flatMap((draft) =>
      settings.temperatures.map((temperature) => {
        const line = replayedCell(journal, { source, draft, temperature });
        if (line === undefined)
          throw new BenchError(`the study has no cell of ${draft} at ${temperature} under ${source}`);
        return line.cell;
      }),
    ),
  );
  return [...measured, ...replayed];
}

/** What tables and plots show; the journal keeps everything. */
function partsToShow(
  settings: StudySettings,
  cells: readonly StudyCell[],
  bound: readonly BoundBin[],
  journal: Journal<StudyLine>,
): Pick<StudyResult, 'cells' | 'bound' | 'lambda'> {
  const shown = shownLength(settings.lengths);
  return {
    cells: cells.map((cell) => ({ ...cell, rows: shortRows(cell, shown) })),
    bound,
    lambda: journal.lines.flatMap((line) => (line.type === 'cell' ? line.lambda : [])),
  };
}
