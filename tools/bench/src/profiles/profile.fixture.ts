import type { DeviceCosts, DeviceProfile } from './types.js';

/** A target's pass takes 1 ms whatever its width; nothing else takes time unless `costs` says so. */
export function unitProfile(costs: Partial<DeviceCosts> = {}): DeviceProfile {
  const draft = { roundTripMs: 0, firstPassMs: 0, passMs: 0, extraTokenMs: 0, ngramTokenMs: 0 };
  const target = { roundTripMs: 0, passMs: [[1, 1]] as const };
  return {
    name: 'unit',
    title: 'a target pass of 1 ms',
    simulated: true,
    sources: [],
    costs: { draft, target, orchestratorMs: 0, overlap: 0, ...costs },
  };
}

export function draftStep(ms: number): DeviceCosts['draft'] {
  return { roundTripMs: 0, firstPassMs: ms, passMs: ms, extraTokenMs: 0, ngramTokenMs: 0 };
}
