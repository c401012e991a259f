/** Imports as the server tells them, and what follows from that. Nothing here touches the page. */
import type { Feature, Geometry } from 'geojson';
import type { PropertySchema } from '../api';

export interface Session {
  readonly name: string;
  readonly role: string;
}

export type ImportState = 'uploaded' | 'decoded' | 'checked' | 'staged' | 'applied' | 'discarded' | 'rolled-back';

export interface Counts {
  readonly records: number;
  readonly new: number;
  readonly changed: number;
  readonly same: number;
  readonly missing: number;
  readonly removed: number;
  readonly refused: number;
  readonly left_out: number;
}

export interface Progress {
  readonly step: string;
  readonly done: number;
  readonly total?: number;
}

/** West, south, east and north in degrees. */
export type Bounds = readonly [number, number, number, number];

export interface Choice {
  readonly value: string;
  readonly detail?: string;
  readonly samples?: readonly string[];
  readonly bounds?: Bounds;
}

export interface Question {
  readonly option: string;
  readonly detail: string;
  readonly choices?: readonly Choice[];
}

export type Options = Readonly<Record<string, unknown>>;

export interface Import {
  readonly id: string;
  readonly state: ImportState;
  readonly collection: string;
  readonly file?: string;
  readonly actor: string;
  readonly created: string;
  readonly changed: string;
  readonly applied?: string;
  readonly undoes?: string;
  readonly undone_by?: string;
  readonly options?: Options;
  readonly counts?: Counts;
  readonly questions?: readonly Question[];
  readonly errors?: number;
  readonly warnings?: number;
  readonly repairs?: number;
  readonly progress?: Progress;
  readonly failure?: { readonly detail?: string };
}

export interface Finding {
  readonly severity: 'error' | 'warning' | 'repair';
  readonly rule: string;
  readonly record?: number;
  readonly line?: number;
  readonly feature?: string;
  readonly field?: string;
  /** Longitude and latitude. */
  readonly at?: readonly [number, number];
  readonly detail: string;
}

export interface Match {
  readonly field: string;
  readonly property: string;
  readonly by: string;
  readonly sample?: string;
}

export interface Row {
  readonly collection: string;
  readonly row: string;
  readonly id: string;
  readonly action: 'new' | 'changed' | 'removed';
  readonly record?: number;
  readonly moved_m?: number;
  readonly changed: Readonly<Record<string, { readonly before: unknown; readonly after: unknown }>>;
}

export interface DifferenceProperties {
  readonly action: 'new' | 'changed' | 'removed';
  readonly part: 'before' | 'after';
  readonly collection: string;
  readonly row: string;
  readonly id: string;
  readonly name: string | null;
}

export type Difference = Feature<Geometry | null, DifferenceProperties>;

export interface Preview {
  /** The tag of the state that was looked at: a step is refused when there is another. */
  readonly tag: string | null;
  readonly findings: { readonly list: readonly Finding[]; readonly more: number };
  readonly matches: readonly Match[];
  readonly ignored: readonly string[];
  readonly rows: readonly Row[];
  readonly moreRows: boolean;
  readonly differences: readonly Difference[];
  readonly notes: readonly string[];
}

const properties: Readonly<Record<string, readonly string[]>> = {
  status: 'collection scope owner kind status from_date from_precision to_date end_basis cause summary sources'.split(
    ' ',
  ),
  sources: 'id publisher title url published accessed supports audience'.split(' '),
};

/** What can be imported, as the server names it. */
export const targets = [
  'crossings',
  'bazaars',
  'transmission-lines',
  'casa-1000',
  'power-facilities',
  'incidents',
  'status',
  'sources',
] as const;

/** Whether the server has a schema of what is imported: of the tables beside the collections it has none. */
export function hasSchema(collection: string): boolean {
  return !Object.hasOwn(properties, collection);
}

/** The properties that a field can fill, the schema's for a collection that has one. */
export function propertiesOf(
  collection: string,
  schema: Readonly<Record<string, PropertySchema & { readonly readOnly?: boolean }>>,
): readonly string[] {
  const fixed = properties[collection];
  if (fixed) return fixed;
  return Object.keys(schema).filter(name => name !== 'geometry' && schema[name]?.readOnly !== true);
}

/** Whether it can still be checked again or given up. */
export function isOpen({ state }: Import): boolean {
  return state === 'uploaded' || state === 'decoded' || state === 'checked' || state === 'staged';
}

export function isBusy(im: Import): boolean {
  return im.progress !== undefined || (im.state === 'uploaded' && im.failure === undefined);
}

/** Whether nothing more will be told of it. */
export function isFinal(im: Import): boolean {
  return !isOpen(im) && im.progress === undefined;
}

/** Options with an answer put in; what a file says of itself stays unsaid. */
export function answered(options: Options | undefined, answers: Readonly<Record<string, unknown>>): Options {
  return { ...options, ...answers };
}

/** A field that fills nothing, and why: the server writes both as one text. */
export function unused(text: string): { readonly field: string; readonly reason: string } {
  const at = text.indexOf(': ');
  return at < 0 ? { field: text, reason: '' } : { field: text.slice(0, at), reason: text.slice(at + 2) };
}
