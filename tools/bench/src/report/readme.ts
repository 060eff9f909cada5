/** The README's measured part, from the committed results alone. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchContext } from '../context.js';
import { type EngineResult, curveColumns, curveRows } from '../engine/table.js';
import { type PeerResult, contenderColumns } from '../peer/table.js';
import type { PolicyResult } from '../policies/result.js';
import { equalityLine, memoryLine, policyColumns, policyRows } from '../policies/table.js';
import { repositoryFolder } from '../paths.js';
import type { LoadResult } from '../load/result.js';
import { loadColumns, textsLine } from '../load/table.js';
import { type QualityResult, qualityLine } from '../quality/table.js';
import type { SessionsResult } from '../sessions/result.js';
import { reuseColumns, soakLines } from '../sessions/table.js';
import type { Provenance } from './provenance.js';
import type { StudyResult } from '../study/types.js';
import { readResult, resultPath, writeText } from './result-file.js';
import { studyPart } from './study-part.js';
import { markdownTable } from './table.js';

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';

export interface CommittedResults {
  readonly policies: PolicyResult | undefined;
  readonly engine: EngineResult | undefined;
  readonly peer: PeerResult | undefined;
  readonly quality: QualityResult | undefined;
  readonly study: StudyResult | undefined;
  readonly load: LoadResult | undefined;
  readonly sessions: SessionsResult | undefined;
}

export async function updateReadme({ progress }: BenchContext): Promise<void> {
  const path = join(repositoryFolder, 'README.md');
  const readme = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  const section = measuredSection({
    policies: await readResult(resultPath('policies')),
    engine: await readResult(resultPath('engine')),
    peer: await readResult(resultPath('peer')),
    quality: await readResult(resultPath('quality')),
    study: await readResult(resultPath('study')),
    load: await readResult(resultPath('load')),
    sessions: await readResult(resultPath('sessions')),
  });
  const updated = readme === undefined ? undefined : replaceSection(readme, section);
  if (updated === undefined) {
    progress.note(`README.md has no ${START} and ${END} to write between; nothing is changed`);
    return;
  }
  await writeText(path, updated);
  progress.note('README.md is up to date');
}

/** The text with the part between the markers replaced; undefined when it has no such part. */
export function replaceSection(readme: string, section: string): string | undefined {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END, start);
  if (start < 0 || end < 0) return undefined;
  const between = section === '' ? '\n' : `\n\n${section}\n`;
  return readme.slice(0, start + START.length) + between + readme.slice(end);
}

/** Markdown; a result that is not there leaves its part out. */
export function measuredSection(results: CommittedResults): string {
  const { engine, load, peer, policies, quality, sessions, study } = results;
  return [
    ...(study === undefined ? [] : studyPart(study, source(study, 'study'))),
    ...(policies === undefined ? [] : policyPart(policies)),
    ...(load === undefined ? [] : loadPart(load)),
    ...(sessions === undefined ? [] : sessionsPart(sessions)),
    ...(peer === undefined ? [] : peerPart(peer)),
    ...(engine === undefined ? [] : enginePart(engine)),
    ...(quality === undefined ? [] : [`${qualityLine(quality)} ${source(quality, 'quality')}\n`]),
  ].join('\n');
}

function policyPart(result: PolicyResult): string[] {
  const { maxTokens, prompts, temperatures, threads } = result.settings;
  return [
    `${prompts} prompts, at most ${maxTokens} tokens each, one after the other, ${threads} threads a model; ` +
      `${result.models.target.name} with the draft ${result.models.draft.name}. Speeds leave the prefill out. ` +
      `${source(result, 'policies')}\n`,
    ...temperatures.flatMap((temperature) => [
      `Temperature ${temperature}:\n`,
      markdownTable(policyColumns, policyRows(result, temperature)),
    ]),
    `${equalityLine(result)} ${memoryLine(result)}\n`,
  ];
}

function loadPart(result: LoadResult): string[] {
  const { cacheTokens, maxTokens, repeat, requests, streams, threads } = result.settings;
  const most = Math.max(...streams);
  return [
    `Streams side by side, temperature 0, ${threads} threads a model: ${most * requests} completions of ${maxTokens} tokens ` +
      `in all, dealt out to so many streams; medians of ${repeat} laps. Each prompt is prefilled` +
      `${cacheTokens === 0 ? '' : ' unless it is cached'}; decoding leaves the prefills out. ${source(result, 'load')}\n`,
    markdownTable(loadColumns, result.summaries),
    `${textsLine(result)}\n`,
  ];
}

function sessionsPart(result: SessionsResult): string[] {
  const { policy, redis, repeat, threads } = result.settings;
  return [
    `Time to first token with and without what caches hold, ${policy}, ${threads} threads a model, ` +
      `${redis ? 'with' : 'without'} Redis; medians of ${repeat} samples. ${source(result, 'sessions')}\n`,
    markdownTable(reuseColumns, result.reuse),
    ...soakLines(result).map((line) => `${line}\n`),
  ];
}

function peerPart(result: PeerResult): string[] {
  const { prompts, threads } = result.settings;
  return [
    `The same model file through ${result.peer.name}, interleaved with our stack in one run (${prompts} prompts, ` +
      `temperature 0, ${threads} threads each). ${source(result, 'peer')}\n`,
    markdownTable(contenderColumns(result), result.contenders),
  ];
}

function enginePart(result: EngineResult): string[] {
  const temperature = result.settings.temperatures[0] ?? 0;
  return [
    `Milliseconds of one target pass by its number of new tokens, and of one draft step, at several lengths of ` +
      `context (temperature ${temperature}, ${result.settings.threads} threads). ${source(result, 'engine')}\n`,
    markdownTable(curveColumns(result, false), curveRows(result, temperature)),
  ];
}

/** Which file the figures come from, and what it says about itself. */
function source({ command, commit, date, machine }: Provenance, name: keyof CommittedResults): string {
  const at = commit === undefined ? '' : ` at commit ${commit.slice(0, 10)}`;
  return (
    `(\`${command}\`, ${date.slice(0, 10)}${at}, ${machine.processor}, ${machine.cores} cores, Node ${machine.node}: ` +
    `[${name}.json](tools/bench/results/${name}.json).)`
  );
}
