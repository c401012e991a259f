/** What can be chosen of the timeline and of play, by its name in the language of the page. */
import { t } from '../texts';

export const zoomNames = () => ({ all: t('time.zoom.all'), five: t('time.zoom.five'), one: t('time.zoom.one') });
export const strideNames = () => ({ month: t('time.stride.month'), change: t('time.stride.change') });
export const paceNames = () => ({
  slow: t('time.pace.slow'),
  normal: t('time.pace.normal'),
  fast: t('time.pace.fast'),
});
