/** How a mark steps back when its status was last confirmed long before the date: the first row whose years are reached. */
export type FadeStep = 0 | 1 | 2 | 3;

export interface Fade {
  readonly fromYears: number;
  readonly step: FadeStep;
  /** The style sheet's, for lines, which have no style sheet of their own. */
  readonly opacity: number;
}

export const fades: readonly Fade[] = [
  { fromYears: 10, step: 3, opacity: 0.45 },
  { fromYears: 5, step: 2, opacity: 0.6 },
  { fromYears: 2, step: 1, opacity: 0.78 },
];

export function fadeOf(years: number | null): FadeStep {
  return fades.find(({ fromYears }) => (years ?? 0) >= fromYears)?.step ?? 0;
}

export function opacityOf(step: FadeStep): number {
  return fades.find(fade => fade.step === step)?.opacity ?? 1;
}
