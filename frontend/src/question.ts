/** A question to the server that is asked again only when it differs, or when the data have changed. */
import { ApiError } from './fetching';

type Ask<T> = (signal: AbortSignal) => Promise<T>;

const debounceMilliseconds = 200;

export class Question<T> {
  #asked = '';
  /** What was last asked; null while it waits. */
  #ask: Ask<T> | null = null;
  #abort = new AbortController();
  #turn = 0;
  #told = 0;

  constructor(
    readonly onAnswer: (answer: T) => void,
    readonly onError: (error: ApiError) => void,
    readonly debounce = debounceMilliseconds,
  ) {}

  /** Whether what was last asked was refused. */
  get failed(): boolean {
    return this.#asked === '' && this.#turn > 0;
  }

  ask(asked: string, ask: Ask<T>): void {
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#ask = null;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const timer = setTimeout(() => void this.#begin(ask, signal), this.debounce);
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  /** Asks the same once more. What was answered stands until the new answer is there, and if none comes. */
  async again(): Promise<void> {
    if (this.#ask === null) return; // what waits has yet to be asked
    await this.#run(this.#ask, this.#abort.signal).catch(() => {});
  }

  stop(): void {
    this.#abort.abort();
  }

  async #begin(ask: Ask<T>, signal: AbortSignal): Promise<void> {
    this.#ask = ask;
    const turn = this.#turn + 1;
    try {
      await this.#run(ask, signal);
    } catch (error) {
      if (signal.aborted || this.#told > turn) return;
      [this.#asked, this.#ask] = ['', null]; // the next look asks again
      this.onError(error instanceof ApiError ? error : new ApiError('unreadable', null, null));
    }
  }

  /** What was overtaken by a later answer is not told. */
  async #run(ask: Ask<T>, signal: AbortSignal): Promise<void> {
    const turn = ++this.#turn;
    const answer = await ask(signal);
    if (signal.aborted || turn < this.#told) return;
    this.#told = turn;
    this.onAnswer(answer);
  }
}
