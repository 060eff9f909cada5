/** What the parts of a round cost on some set of devices: all that a replay knows of time. Milliseconds. */

/** The name of the profile that is measured. */
export const THIS_MACHINE = 'this-machine';

export interface DeviceProfile {
  readonly name: string;
  /** One line for a table. */
  readonly title: string;
  /** Not measured with this program, but made from published figures or assumptions; `sources` says which. */
  readonly simulated: boolean;
  readonly sources: readonly string[];
  /** At temperature 0; above it too, unless `sampled` is there. */
  readonly costs: DeviceCosts;
  /** Above temperature 0, where candidates are scored and sent. */
  readonly sampled?: DeviceCosts;
}

export interface DeviceCosts {
  readonly draft: DraftCosts;
  /** Of particular drafts, by the name of the model; others cost what `draft` says. */
  readonly drafts?: Readonly<Record<string, DraftCosts>>;
  readonly target: TargetCosts;
  /** Of a round, besides draft and target. */
  readonly orchestratorMs: number;
  /**
   * The share of the target's time, in [0, 1], in which the draft can be at work on the next block already. That work
   * is of use when the target accepts the whole block and goes on with the token that the draft bet on; 0 where
   * the two take turns.
   */
  readonly overlap: number;
}

export interface DraftCosts {
  /** To ask and to be answered, whatever the work. */
  readonly roundTripMs: number;
  /** The first pass of a block over one token, and each one after it. */
  readonly firstPassMs: number;
  readonly passMs: number;
  /** Each further token that a pass takes in, as after rounds without the draft; at most `passMs`. */
  readonly extraTokenMs: number;
  /** A token proposed from n-grams. */
  readonly ngramTokenMs: number;
}

export interface TargetCosts {
  readonly roundTripMs: number;
  /** Of a pass over so many tokens, by ascending width; a straight line between two, and beyond the last two. */
  readonly passMs: readonly (readonly [width: number, ms: number])[];
  /** Tokens of a block of its cache, where a draft ends; absent where there are no blocks. */
  readonly blockTokens?: number;
}
