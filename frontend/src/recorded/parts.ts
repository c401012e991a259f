/** What the panel and the stage show of the two clocks beside the timeline. */
import { FadeLegend } from '../panel/fade-legend';
import { Later } from '../panel/later';
import type { State } from '../state';
import { t } from '../texts';
import { RecordedBanner } from './banner';

export interface ClockParts {
  readonly fadeLegend: FadeLegend;
  readonly banner: HTMLElement;
  /** In the order of the panel. */
  readonly nodes: readonly HTMLElement[];
  readonly update: (state: State) => void;
}

export function clockParts(setRecorded: (recorded: string | null) => void): ClockParts {
  const fadeLegend = new FadeLegend();
  const banner = new RecordedBanner(() => setRecorded(null));
  const recorded = new Later('recorded', t('recorded.title'), async () => {
    const { RecordedSwitch } = await import('./switch');
    return new RecordedSwitch(() => new Date(), setRecorded);
  });
  return {
    fadeLegend,
    banner: banner.node,
    nodes: [fadeLegend.node, recorded.node],
    update: state => {
      for (const part of [banner, recorded]) part.update(state);
    },
  };
}
