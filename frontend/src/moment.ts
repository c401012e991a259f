/** Something that comes once, and that others can wait for. */
export class Moment {
  #tell = (): void => {};
  #past = false;
  readonly come = new Promise<void>(resolve => {
    this.#tell = resolve;
  });

  get past(): boolean {
    return this.#past;
  }

  tell(): void {
    this.#past = true;
    this.#tell();
  }
}
