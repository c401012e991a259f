import { language } from './current';

/** A number with at most two decimals, in the digits and signs of the language. */
export function sayNumber(value: number): string {
  return language().number.format(value);
}

/** The digits of a text as the language writes them; nothing is grouped, so that a year stays a year. */
export function sayDigits(text: string): string {
  return language().code === 'fa' ? text.replace(/\d/g, digit => String.fromCharCode(0x06f0 + Number(digit))) : text;
}
