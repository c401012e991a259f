import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Question } from '../../src/question';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a question', () => {
  it('forgets the answer to a question that was left', async () => {
    const heard: string[] = [];
    const question = new Question<string>(
      answer => heard.push(answer),
      () => heard.push('failed'),
    );
    let answerFirst = (_answer: string) => {};
    question.ask(
      'a',
      () =>
        new Promise(resolve => {
          answerFirst = resolve;
        }),
    );
    await vi.runAllTimersAsync();
    question.ask('b', async () => 'second');
    await vi.runAllTimersAsync();
    answerFirst('first');
    question.ask('b', async () => 'twice');
    await vi.runAllTimersAsync();
    question.ask('c', async () => {
      throw new Error('no');
    });
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['second', 'failed']);
  });

  it('is asked again when the data have changed, and keeps its answer when none comes', async () => {
    const heard: string[] = [];
    const question = new Question<string>(
      answer => heard.push(answer),
      () => heard.push('failed'),
    );
    let answers = ['first', 'second'];
    const ask = async () => {
      const [answer, ...rest] = answers;
      answers = rest;
      if (answer === undefined) throw new Error('no');
      return answer;
    };
    await question.again();
    question.ask('a', ask);
    // What waits has yet to be asked.
    await question.again();
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['first']);
    await question.again();
    await question.again();
    question.ask('a', ask);
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['first', 'second']);
    expect(question.failed).toBe(false);
    question.ask('b', ask);
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['first', 'second', 'failed']);
    expect(question.failed).toBe(true);
  });

  it('does not tell an answer, or a refusal, that a later answer has overtaken', async () => {
    const heard: string[] = [];
    const waiting: ((answer: string) => void)[] = [];
    const question = new Question<string>(
      answer => heard.push(answer),
      () => heard.push('failed'),
    );
    question.ask('a', () => new Promise(resolve => waiting.push(resolve)));
    await vi.runAllTimersAsync();
    void question.again();
    waiting[1]?.('new');
    await vi.runAllTimersAsync();
    waiting[0]?.('old');
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['new']);
    question.ask('b', () => new Promise((resolve, reject) => waiting.push(resolve, reject)));
    await vi.runAllTimersAsync();
    void question.again();
    waiting[4]?.('newer');
    await vi.runAllTimersAsync();
    waiting[3]?.('refused');
    await vi.runAllTimersAsync();
    expect(heard).toEqual(['new', 'newer']);
    expect(question.failed).toBe(false);
  });
});
