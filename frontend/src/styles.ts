/**
 * The styles of the map, in the order in which they override each other. What other pages have too is built
 * into files of its own, which may come later: what overrides a rule of page.css is more specific than it.
 */
import 'leaflet/dist/leaflet.css';
import 'nouislider/dist/nouislider.css';
import './css/colors.css';
import './css/page.css';
import './css/date-field.css';
import './css/panel.css';
import './css/language.css';
import './css/timebar.css';
import './css/timeline.css';
import './css/map.css';
import './css/share.css';
import './css/print.css';
import './css/sheet.css';
import './css/find.css';
