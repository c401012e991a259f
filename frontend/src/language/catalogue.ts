/** What a catalogue of texts is made of. */

/** A form of a plural, as Unicode names them. */
export type Form = Intl.LDMLPluralRule;

/** A text, or one text for each form of the number n. */
export type Entry = string | Readonly<Partial<Record<Form, string>>>;

export type Entries = Readonly<Record<string, Entry>>;

/** A catalogue with every key of the English one and none besides; its plurals have the forms of its own language. */
export type Translation<English, Forms extends Form> = {
  readonly [K in keyof English]: English[K] extends string ? string : Readonly<Record<Forms, string>>;
};
