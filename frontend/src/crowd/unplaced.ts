/** What of a crowd has no known position, and so is in none of its tiles: the first of them, and how many there are. */
import type { Crowd } from './counts';
import { fetchFirstOf, type Within } from './questions';

/** The most that are listed. */
const mostListed = 100;

const asked = new WeakMap<Crowd, Promise<Within>>();

/** Panel and list ask for the same; what fails is asked for again. */
export function unplacedOf(crowd: Crowd): Promise<Within> {
  const known = asked.get(crowd);
  if (known) return known;
  const { collection, filter } = crowd;
  const missing = filter === null ? 'geometry IS NULL' : `geometry IS NULL AND ${filter}`;
  const question = fetchFirstOf(collection, {}, crowd.asked, missing, mostListed, new AbortController().signal);
  question.catch(() => asked.delete(crowd));
  asked.set(crowd, question);
  return question;
}
