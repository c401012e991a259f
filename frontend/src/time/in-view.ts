/** Asks what happened in view over all time: incidents by month and changes of what is shown. */
import { fetchMonths, type MonthCount } from '../api';
import { type Day, firstDay } from '../dates';
import { parametersOf } from '../feeds';
import type { ApiError } from '../fetching';
import { serverFilter } from '../filters/filter';
import { Question } from '../question';
import type { State } from '../state';
import { askChanges, type Changes, changeQuestions } from './change-questions';
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

interface Answer extends Changes {
  readonly months: readonly MonthCount[] | null;
}

export class InViewFeed {
  readonly #question: Question<Answer>;

  constructor(
    readonly box: () => string,
    readonly today: Day,
    listener: (inView: InView) => void,
    debounce = debounceMilliseconds,
  ) {
    this.#question = new Question<Answer>(
      answer => listener({ ...answer, known: true, error: null }),
      error => listener({ ...nothingInView, error }),
      debounce,
    );
  }

  /** Whether what is in view could not be asked. */
  get failing(): boolean {
    return this.#question.failed;
  }

  update(state: State): void {
    const { months, changes } = questionsOf(state, this.box(), this.today);
    this.#question.ask([months, ...changes].join(' ') || 'none', signal => answerOf({ months, changes }, signal));
  }

  /** The data have changed, or failed to come. */
  async refresh(state: State): Promise<void> {
    this.update(state);
    await this.#question.again();
  }

  stop(): void {
    this.#question.stop();
  }
}

async function answerOf({ months, changes }: Questions, signal: AbortSignal): Promise<Answer> {
  const [counted, changed] = await Promise.all([
    months === null ? null : fetchMonths(months, signal),
    askChanges(changes, signal),
  ]);
  return { ...changed, months: counted && (counted.groups ?? []) };
}
