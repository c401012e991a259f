/** Plays the dates forward: a step a beat, and never on before what was asked for has been drawn. */
export interface PlayerActions {
  /** Moves on by one step; false at the end. */
  readonly step: () => boolean;
  /** Where playing is begun at the end, moves to the beginning; false where there is nothing to play from there. */
  readonly rewind: () => boolean;
  /** Resolves when the last step is drawn. */
  readonly settled: () => Promise<void>;
  readonly onChange: (playing: boolean) => void;
}

/** How long a step is looked at, in milliseconds. */
export const paces = { slow: 1600, normal: 800, fast: 300 } as const;

export type Pace = keyof typeof paces;

/** What a step is: a month, or to the next change in view. */
export const strides = ['month', 'change'] as const;

export type Stride = (typeof strides)[number];

export class Player {
  /** In milliseconds; what is set while it plays counts from the next step on. */
  beat: number = paces.normal;
  #run = 0;
  #playing = false;

  constructor(readonly actions: PlayerActions) {}

  get playing(): boolean {
    return this.#playing;
  }

  toggle(): void {
    if (this.#playing) this.stop();
    else void this.#play();
  }

  stop(): void {
    this.#run++;
    if (!this.#playing) return;
    this.#playing = false;
    this.actions.onChange(false);
  }

  async #play(): Promise<void> {
    const run = ++this.#run;
    this.#playing = true;
    this.actions.onChange(true);
    let moved = this.actions.step() || this.actions.rewind();
    while (moved) {
      await Promise.all([this.actions.settled(), new Promise(resolve => setTimeout(resolve, this.beat))]);
      moved = run === this.#run && this.actions.step();
    }
    if (run === this.#run) this.stop();
  }
}
