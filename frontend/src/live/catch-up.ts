/**
 * The server is heard of again: what failed or came from store is asked for anew. The line may come back for the page a
 * moment before it does for the service worker, so it is asked until it has answered, a few times.
 */
const waits = [500, 2000, 8000];

export class CatchUp {
  #round = 0;

  constructor(
    /** Whether the page shows less than the server has. */
    readonly behind: () => boolean,
    /** Resolves when what it asks for is answered or refused. */
    readonly ask: () => Promise<unknown>,
  ) {}

  /** Begins anew where it is under way. */
  async start(): Promise<void> {
    const round = ++this.#round;
    for (const wait of [...waits, 0]) {
      if (round !== this.#round || !this.behind()) return;
      await this.ask();
      await new Promise(resolve => setTimeout(resolve, wait));
    }
  }
}
