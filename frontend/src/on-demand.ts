/** What is loaded when it is first asked for: as one file, because many small ones would split what all pages share. */
export { ComparePane } from './compare/pane';
export { RecordedSwitch } from './recorded/switch';
export { Graph } from './time/graph';
