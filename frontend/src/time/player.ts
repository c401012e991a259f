/** Plays the dates forward: a step a beat, and never on before what was asked for has been drawn. */
export interface PlayerActions {
  /** Moves on by one step; false at the end. */
  readonly step: () => boolean;
  /** Resolves when the last step is drawn. */
  readonly settled: () => Promise<void>;
  readonly onChange: (playing: boolean) => void;
}

const beatMilliseconds = 800;

export class Player {
  #run = 0;
  #playing = false;

  constructor(
    readonly actions: PlayerActions,
    readonly beat: number = beatMilliseconds,
  ) {}

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
    while (run === this.#run && this.actions.step()) {
      await Promise.all([this.actions.settled(), new Promise(resolve => setTimeout(resolve, this.beat))]);
    }
    if (run === this.#run) this.stop();
  }
}
