/** Asks what happened in view over all time: incidents by month and changes of what is shown. */
import { fetchMonths, type MonthCount } from '../api';
import { type Day, firstDay } from '../dates';
import { parametersOf } from '../feeds';
import { ApiError } from '../fetching';
import { serverFilter } from '../filters/filter';
import type { State } from '../state';
import { askChanges, changeQuestions } from './change-questions';
import type { WorldChange } from './changes';

export interface InView {
  /** Whether the server has answered: until then nobody can say that there is nothing. */
  readonly known: boolean;
  /** Null where incidents are not shown. */
  readonly months: readonly MonthCount[] | null;
  readonly changes: readonly WorldChange[];
  /** There were more changes than the server tells at once. */
  readonly more: boolean;
  readonly error: ApiError | null;
}

export const nothingInView: InView = { known: false, months: [], changes: [], more: false, error: null };

/** A map is moved in several pulls. */
const debounceMilliseconds = 250;
const mostChanges = 10_000;

interface Questions {
  readonly months: string | null;
  readonly changes: readonly string[];
}

/** What to ask for a box (west, south, east, north); nothing where no layer shown has any of it. */
export function questionsOf(state: State, box: string, today: Day): Questions {
  const months = parametersOf(state, `${firstDay}/${today}`);
  months.set('bbox', box);
  const filter = serverFilter('incidents', state.filters);
  if (filter !== null) months.set('filter', filter);
  return {
    months: state.layers.includes('incidents') ? months.toString() : null,
    changes: changeQuestions(state, { from: firstDay, to: today }, box, mostChanges),
  };
}

export class InViewFeed {
  #asked = '';
  #abort = new AbortController();

  constructor(
    readonly box: () => string,
    readonly today: Day,
    readonly listener: (inView: InView) => void,
    readonly debounce = debounceMilliseconds,
  ) {}

  update(state: State): void {
    const questions = questionsOf(state, this.box(), this.today);
    const asked = [questions.months, ...questions.changes].join(' ');
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const timer = setTimeout(() => void this.#run(questions, signal), this.debounce);
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(questions: Questions, signal: AbortSignal): Promise<void> {
    try {
      const [months, changes] = await Promise.all([
        questions.months === null ? null : fetchMonths(questions.months, signal),
        askChanges(questions.changes, signal),
      ]);
      if (!signal.aborted)
        this.listener({ known: true, months: months && (months.groups ?? []), ...changes, error: null });
    } catch (error) {
      if (signal.aborted) return;
      this.#asked = ''; // the next look asks again
      const known = error instanceof ApiError ? error : new ApiError('unreadable', null, null);
      this.listener({ ...nothingInView, error: known });
    }
  }
}
